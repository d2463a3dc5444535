/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "channel.h"

static int ends[2];

static int make(void **state)
{
	(void)state;
	return cg_channel_make(ends);
}

static int close_both(void **state)
{
	(void)state;
	cg_cleanup_fd(&ends[0]);
	cg_cleanup_fd(&ends[1]);
	return 0;
}

static void both_ends_are_closed_by_an_exec(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		assert_true(fcntl(ends[i], F_GETFD) & FD_CLOEXEC);
}

static void packets_come_whole_and_in_order(void **state)
{
	struct cg_received received;

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct cg_packet packet = CG_PACKET(i);

		packet.errnum = 100 + i;
		packet.number = 200 + i;
		packet.text[i % 2] = "text";
		assert_int_equal(cg_channel_send(ends[0], &packet), 0);
	}
	for (int i = 0; i < 5; i++) {
		assert_int_equal(cg_channel_receive(ends[1], &received), 0);
		assert_int_equal(received.packet.kind, i);
		assert_int_equal(received.packet.errnum, 100 + i);
		assert_int_equal(received.packet.number, 200 + i);
		assert_int_equal(received.packet.fd, -1);
		assert_string_equal(received.packet.text[i % 2], "text");
		assert_null(received.packet.text[(i + 1) % 2]);
	}
}

static void an_empty_text_is_not_none(void **state)
{
	struct cg_packet packet = CG_PACKET(1);
	struct cg_received received;

	(void)state;
	packet.text[0] = "";
	packet.text[1] = "more";
	assert_int_equal(cg_channel_send(ends[0], &packet), 0);
	assert_int_equal(cg_channel_receive(ends[1], &received), 0);
	assert_string_equal(received.packet.text[0], "");
	assert_string_equal(received.packet.text[1], "more");
}

static void texts_that_are_too_long_are_cut(void **state)
{
	struct cg_packet packet = CG_PACKET(1);
	struct cg_received received;
	char text[CG_PACKET_TEXT + 2];

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	packet.text[0] = packet.text[1] = text;
	assert_int_equal(cg_channel_send(ends[0], &packet), 0);
	assert_int_equal(cg_channel_receive(ends[1], &received), 0);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(strlen(received.packet.text[i]), CG_PACKET_TEXT - 1);
		assert_memory_equal(received.packet.text[i], text, CG_PACKET_TEXT - 1);
	}
}

static void a_descriptor_goes_along(void **state)
{
	struct cg_packet packet = CG_PACKET(1);
	struct cg_received received;
	struct stat sent, came;

	(void)state;
	packet.fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(packet.fd >= 0);
	assert_int_equal(fstat(packet.fd, &sent), 0);
	assert_int_equal(cg_channel_send(ends[1], &packet), 0);
	assert_int_equal(cg_channel_receive(ends[0], &received), 0);
	assert_true(received.packet.fd >= 0 && received.packet.fd != packet.fd);
	assert_true(fcntl(received.packet.fd, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(fstat(received.packet.fd, &came), 0);
	assert_true(sent.st_dev == came.st_dev && sent.st_ino == came.st_ino);
	close(received.packet.fd);
	close(packet.fd);
}

static void errors_arrive_with_their_words(void **state)
{
	struct cg_error err = { 0 }, came = { 0 };
	struct cg_received received;
	struct cg_packet packet;

	(void)state;
	cg_error_set(&err, EBUSY, "cannot join %s", "/x");
	cg_error_hint(&err, "it is full");
	packet = cg_packet_of_error(7, &err);
	assert_int_equal(cg_channel_send(ends[0], &packet), 0);
	assert_int_equal(cg_channel_receive(ends[1], &received), 0);
	assert_int_equal(received.packet.kind, 7);
	assert_int_equal(cg_packet_to_error(&received.packet, &came), -EBUSY);
	unit_assert_error(&came, "cannot join /x: Device or resource busy: it is full");
	cg_error_reset(&err);

	cg_error_set(&err, 0, "no");
	packet = cg_packet_of_error(7, &err);
	assert_int_equal(cg_channel_send(ends[0], &packet), 0);
	assert_int_equal(cg_channel_receive(ends[1], &received), 0);
	assert_int_equal(cg_packet_to_error(&received.packet, &came), -EINVAL);
	unit_assert_error(&came, "no");
	cg_error_reset(&err);
}

static void the_end_of_the_talk_is_seen(void **state)
{
	struct cg_packet packet = CG_PACKET(1);
	struct cg_received received;

	(void)state;
	assert_int_equal(cg_channel_send(ends[0], &packet), 0);
	cg_cleanup_fd(&ends[0]);
	assert_int_equal(cg_channel_receive(ends[1], &received), 0);
	assert_int_equal(cg_channel_receive(ends[1], &received), -EPIPE);
	/* No SIGPIPE: this test would be dead. */
	assert_int_equal(cg_channel_send(ends[1], &packet), -EPIPE);
}

/* More than one message holds, texts of any length, and the end of the talk behind them. */
static void packets_that_go_together_come_one_by_one(void **state)
{
	struct cg_outbox outbox = { .len = 0 };
	struct cg_received received;
	char text[CG_PACKET_TEXT];

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < 20; i++) {
		struct cg_packet packet = CG_PACKET(i);

		text[i * 300] = '\0';
		packet.text[i % 2] = text;
		assert_int_equal(cg_outbox_put(&outbox, ends[0], &packet), 0);
		text[i * 300] = 'x';
	}
	assert_int_equal(cg_outbox_send(&outbox, ends[0]), 0);
	assert_int_equal(cg_outbox_send(&outbox, ends[0]), 0);
	cg_cleanup_fd(&ends[0]);
	received.taken = received.len = 0;
	for (size_t i = 0; i < 20; i++) {
		assert_int_equal(cg_channel_next(ends[1], &received), 0);
		assert_int_equal(received.packet.kind, i);
		assert_int_equal(received.packet.fd, -1);
		assert_int_equal(strlen(received.packet.text[i % 2]), i * 300);
		assert_null(received.packet.text[1 - i % 2]);
	}
	assert_int_equal(cg_channel_next(ends[1], &received), -EPIPE);
	assert_int_equal(cg_channel_next(ends[1], &received), -EPIPE);
}

static void patience_has_an_end(void **state)
{
	struct cg_packet packet = CG_PACKET(3);
	struct cg_received received;

	(void)state;
	assert_int_equal(cg_channel_set_patience(ends[1], 1), 0);
	assert_int_equal(cg_channel_receive(ends[1], &received), -ETIMEDOUT);
	assert_int_equal(cg_channel_send(ends[0], &packet), 0);
	assert_int_equal(cg_channel_receive(ends[1], &received), 0);
	assert_int_equal(received.packet.kind, 3);
}

/* Says that it runs, and hangs; ends[1] is closed when it has ended. */
static void hang(int channel, void *data)
{
	(void)channel;
	(void)data;
	cg_cleanup_fd(&ends[0]);
	if (write(ends[1], "", 1) == 1)
		for (;;)
			pause();
}

static void a_helper_ends_with_its_parent(void **state)
{
	struct cg_helper helper = CG_HELPER_INIT;
	struct cg_packet packet = CG_PACKET(1);
	struct cg_received received;
	char byte;
	pid_t parent = fork();

	(void)state;
	if (parent == 0)
		_exit(cg_helper_ask(&helper, hang, NULL, 60, &packet, &received) < 0);
	cg_cleanup_fd(&ends[1]);
	alarm(60); /* else it would be waited for without end */
	assert_int_equal(read(ends[0], &byte, 1), 1);
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(read(ends[0], &byte, 1), 0);
	alarm(0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, make, close_both)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_ends_are_closed_by_an_exec),
		TEST(packets_come_whole_and_in_order),
		TEST(an_empty_text_is_not_none),
		TEST(texts_that_are_too_long_are_cut),
		TEST(a_descriptor_goes_along),
		TEST(errors_arrive_with_their_words),
		TEST(the_end_of_the_talk_is_seen),
		TEST(patience_has_an_end),
		TEST(packets_that_go_together_come_one_by_one),
		TEST(a_helper_ends_with_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
