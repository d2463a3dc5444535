/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command line of cgns-unshare, one argument a line: options, places, owners, signals. */
#include "fuzz.h"

#include "cgns-unshare/options.h"
#include "path.h"

#define ARGUMENTS_MAX 32

static void check_place(const struct place *place)
{
	fuzz_assert(*place->path && !cg_path_has_dotdot(place->path));
	fuzz_assert(!place->hierarchy || !strpbrk(place->hierarchy, ":/"));
}

static void parse(int argc, char **argv)
{
	cleanup_request struct request request = { 0 };
	cleanup_error struct cg_error err = { 0 };
	int rc = request_parse(argc, argv, &request, &err);

	if (rc < 0)
		fuzz_check_error(&err);
	if (rc != 0)
		return;
	fuzz_assert(!err.message);
	for (size_t i = 0; i < request.place_count; i++)
		check_place(&request.places[i]);
	fuzz_assert(request.argv);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static bool silent; /* --help and --version print */
	char name[] = "cgns-unshare", *argv[ARGUMENTS_MAX + 1] = { name };
	cleanup_free char *text = fuzz_text(data, size);
	char *rest = text;
	int argc = 1;

	if (!silent)
		silent = freopen("/dev/null", "w", stdout);
	while (rest && argc < ARGUMENTS_MAX)
		argv[argc++] = strsep(&rest, "\n");
	parse(argc, argv);
	return 0;
}
