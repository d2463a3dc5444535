/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What /proc/PID tells in stat, status and cmdline. */
#include "fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "privs.h"
#include "procfs.h"

/* A file in memory that holds the input, and a name to open it by. */
static const char *file_of(const uint8_t *data, size_t size)
{
	static char name[64];
	static int fd = -1;

	if (fd < 0) {
		fd = memfd_create("fuzz", MFD_CLOEXEC);
		fuzz_assert(fd >= 0);
		snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	}
	fuzz_assert(ftruncate(fd, 0) == 0);
	fuzz_assert(pwrite(fd, data, size, 0) == (ssize_t)size);
	return name;
}

static void check_stat(const char *name, const char *text)
{
	struct cg_stat stat;
	int rc = cg_procfs_stat(AT_FDCWD, name, &stat);
	const char *open = strchr(text, '('), *close = strrchr(text, ')');
	size_t len;

	fuzz_assert(rc == 0 || rc == -EBADMSG);
	if (rc)
		return;
	fuzz_assert(open && close && open < close);
	len = (size_t)(close - open - 1);
	fuzz_assert(strlen(stat.comm) < sizeof(stat.comm));
	fuzz_assert(strncmp(stat.comm, open + 1, len < 63 ? len : 63) == 0);
}

static void check_text(const char *name, const char *text, size_t size)
{
	cleanup_with(cg_text_free) struct cg_text got = { 0 };

	fuzz_assert(cg_procfs_read(AT_FDCWD, name, &got) == 0);
	fuzz_assert(got.len == size && memcmp(got.data, text, size) == 0);
	fuzz_assert(got.data[size] == '\0');
}

/* A second reading of a status file: line by line, word by word; the first of its name counts. */
struct reading {
	struct cg_credentials credentials;
	unsigned int named; /* a bit for each line that is needed */
	bool has_groups, has_no_new_privs;
	bool wrong;
};

static const char *const needed[] = { "CapInh:\t", "CapPrm:\t", "CapEff:\t", "CapBnd:\t",
				      "CapAmb:\t", "Uid:\t",	"Gid:\t" };

/* The words of a line's value that are numbers; the first that is none ends them. */
static size_t read_words(char *value, bool hexadecimal, uint64_t *numbers, size_t most, bool *wrong)
{
	size_t count = 0;
	char *rest = NULL;

	for (char *word = strtok_r(value, " \t", &rest); word && count < most;
	     word = strtok_r(NULL, " \t", &rest)) {
		unsigned __int128 number = 0;

		for (const char *c = word; *c; c++) {
			const char *digits = "0123456789abcdef", *found;

			found = strchr(digits, *c >= 'A' && *c <= 'F' ? *c + 32 : *c);
			if (!found || (!hexadecimal && found - digits > 9)) {
				*wrong = true;
				return count;
			}
			number = number * (hexadecimal ? 16 : 10) + (unsigned int)(found - digits);
			if (number > (hexadecimal ? UINT64_MAX : UINT32_MAX)) {
				*wrong = true;
				return count;
			}
		}
		numbers[count++] = (uint64_t)number;
	}
	return count;
}

static void read_needed(struct reading *reading, size_t which, char *value)
{
	uint64_t *const sets[] = { &reading->credentials.inheritable,
				   &reading->credentials.permitted, &reading->credentials.effective,
				   &reading->credentials.bounding, &reading->credentials.ambient };
	uint64_t numbers[2] = { 0 };
	bool set = which < CG_ARRAY_SIZE(sets);
	size_t wanted = set ? 1 : 2;

	reading->named |= 1U << which;
	if (read_words(value, set, numbers, wanted, &reading->wrong) != wanted)
		reading->wrong = true;
	else if (set)
		*sets[which] = numbers[0];
	else if (which == 5)
		reading->credentials.uid = (uid_t)numbers[1];
	else
		reading->credentials.gid = (gid_t)numbers[1];
}

static void read_groups(struct reading *reading, char *value)
{
	struct cg_credentials *credentials = &reading->credentials;
	size_t most = strlen(value) + 1, count;
	cleanup_free uint64_t *numbers = calloc(most, sizeof(*numbers));

	fuzz_assert(numbers);
	count = read_words(value, false, numbers, most, &reading->wrong);
	credentials->groups = realloc(credentials->groups, (credentials->group_count + count + 1) *
								   sizeof(*credentials->groups));
	fuzz_assert(credentials->groups);
	for (size_t i = 0; i < count; i++)
		credentials->groups[credentials->group_count++] = (gid_t)numbers[i];
}

static void read_line(struct reading *reading, char *line)
{
	for (size_t i = 0; i < CG_ARRAY_SIZE(needed); i++) {
		if (strncmp(line, needed[i], strlen(needed[i])) == 0 && !(reading->named & 1U << i))
			read_needed(reading, i, line + strlen(needed[i]));
	}
	if (strncmp(line, "Groups:\t", 8) == 0 && !reading->has_groups) {
		reading->has_groups = true;
		read_groups(reading, line + 8);
	}
	if (strncmp(line, "NoNewPrivs:\t", 12) == 0 && !reading->has_no_new_privs) {
		reading->has_no_new_privs = true;
		reading->credentials.no_new_privs = line[12] == '1';
	}
}

static void check_same(const struct cg_credentials *got, const struct cg_credentials *expected)
{
	fuzz_assert(got->uid == expected->uid && got->gid == expected->gid);
	fuzz_assert(got->group_count == expected->group_count);
	for (size_t i = 0; i < got->group_count; i++)
		fuzz_assert(got->groups[i] == expected->groups[i]);
	fuzz_assert(got->inheritable == expected->inheritable);
	fuzz_assert(got->permitted == expected->permitted);
	fuzz_assert(got->effective == expected->effective);
	fuzz_assert(got->bounding == expected->bounding);
	fuzz_assert(got->ambient == expected->ambient);
	fuzz_assert(got->no_new_privs == expected->no_new_privs);
}

/* Credentials are those of the second reading, or there are none. */
static void check_credentials(const char *text)
{
	cleanup_credentials struct cg_credentials got = { 0 };
	struct reading reading = { 0 };
	char *copy = strdup(text), *line, *rest = copy;
	int rc = cg_credentials_parse(text, &got);

	fuzz_assert(copy);
	while ((line = strsep(&rest, "\n")))
		read_line(&reading, line);
	reading.wrong |= reading.named != (1U << CG_ARRAY_SIZE(needed)) - 1;
	fuzz_assert(rc == (reading.wrong ? -EBADMSG : 0));
	if (rc == 0)
		check_same(&got, &reading.credentials);
	else
		fuzz_assert(!got.groups && !got.group_count);
	cg_credentials_free(&reading.credentials);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	const char *name = file_of(data, size);

	check_text(name, text, size);
	check_stat(name, text);
	check_credentials(text);
	return 0;
}
