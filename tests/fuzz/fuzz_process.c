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
	cleanup_with(cg_text_free) struct cg_text got = CG_TEXT_INIT;

	fuzz_assert(cg_procfs_read(AT_FDCWD, name, &got) == 0);
	fuzz_assert(got.len == size && memcmp(got.data, text, size) == 0);
	fuzz_assert(got.data[size] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_credentials struct cg_credentials credentials = CG_CREDENTIALS_INIT;
	cleanup_free char *text = fuzz_text(data, size);
	const char *name = file_of(data, size);
	int rc;

	check_text(name, text, size);
	check_stat(name, text);
	rc = cg_credentials_parse(text, &credentials);
	fuzz_assert(rc == 0 || rc == -EBADMSG);
	return 0;
}
