/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "colors.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "listing.h"

/* In the order of the bits of enum ls_state. */
static const struct {
	const char *name;
	const char *color; /* as libsmartcols names them */
} defaults[LS_COLOR_STATES] = {
	{ "outside", "yellow" }, { "removed", "red" },	   { "mount", "magenta" },
	{ "pinned", "cyan" },	 { "hidden", "darkgray" },
};

/* The worst first. */
static const enum ls_state by_gravity[] = { LS_REMOVED, LS_OUTSIDE_ROOT, LS_MOUNT, LS_HIDDEN,
					    LS_PINNED };

static size_t bit_of(enum ls_state state)
{
	return (size_t)__builtin_ctz((unsigned int)state);
}

const char *ls_colors_of(const struct ls_colors *colors, unsigned int states)
{
	for (size_t i = 0; i < CG_ARRAY_SIZE(by_gravity); i++) {
		size_t bit = bit_of(by_gravity[i]);

		if (states & by_gravity[i])
			return colors->of_state[bit] ?: defaults[bit].color;
	}
	return "reset";
}

void ls_colors_free(struct ls_colors *colors)
{
	for (size_t i = 0; i < LS_COLOR_STATES; i++)
		free(colors->of_state[i]);
}

/* What terminal-colors.d(5) has to say to this program, on this terminal. */
struct configuration {
	int disable; /* how well the best "disable" file fits; 0: there is none */
	int enable;
	int scheme;
	char *scheme_file;
};

/* A file's name is [[NAME][@TERM].]TYPE; 0: not for us. */
static int fit(const char *file, const char *term, const char **type)
{
	const char *dot = strrchr(file, '.');
	size_t len = dot ? (size_t)(dot - file) : 0;
	const char *at = memchr(file, '@', len);
	size_t name_len = at ? (size_t)(at - file) : len;
	size_t term_len = at ? len - name_len - 1 : 0;
	int score = 1;

	*type = dot ? dot + 1 : file;
	if (name_len) {
		if (name_len != strlen(ls_program_name) ||
		    memcmp(file, ls_program_name, name_len) != 0)
			return 0;
		score += 20;
	}
	if (term_len) {
		if (term_len != strlen(term) || memcmp(at + 1, term, term_len) != 0)
			return 0;
		score += 10;
	}
	return score;
}

static int read_folder(const char *folder, DIR *dir, struct configuration *configuration)
{
	const char *term = getenv("TERM") ?: "";
	struct dirent *entry;

	while (errno = 0, (entry = readdir(dir))) {
		const char *type;
		int score = fit(entry->d_name, term, &type);

		if (strcmp(type, "disable") == 0 && score > configuration->disable) {
			configuration->disable = score;
		} else if (strcmp(type, "enable") == 0 && score > configuration->enable) {
			configuration->enable = score;
		} else if (strcmp(type, "scheme") == 0 && score > configuration->scheme) {
			configuration->scheme = score;
			free(cg_steal_ptr(&configuration->scheme_file));
			if (asprintf(&configuration->scheme_file, "%s/%s", folder, entry->d_name) <
			    0) {
				configuration->scheme_file = NULL;
				return -ENOMEM;
			}
		}
	}
	return -errno;
}

/* The first folder that there is counts, and no other. */
static int read_configuration(struct configuration *configuration)
{
	const char *const bases[][2] = {
		{ getenv("XDG_CONFIG_HOME"), "" },
		{ getenv("HOME"), "/.config" },
		{ "/etc", "" },
	};

	for (size_t i = 0; i < CG_ARRAY_SIZE(bases); i++) {
		cleanup_free char *folder = NULL;
		cleanup_dir DIR *dir = NULL;

		if (!bases[i][0] || !*bases[i][0])
			continue;
		if (asprintf(&folder, "%s%s/terminal-colors.d", bases[i][0], bases[i][1]) < 0) {
			folder = NULL;
			return -ENOMEM;
		}
		dir = opendir(folder);
		if (dir)
			return read_folder(folder, dir, configuration);
		if (cg_errno_is_shortage(errno))
			return -errno;
	}
	return 0;
}

/*
 * A colour in a scheme: a name that libsmartcols knows is left as it is, the
 * digits of an ECMA-48 sequence ("1;31") are made one, and so is "\e[1;31m".
 */
static char *color_of(const char *value)
{
	char *color = NULL;
	int len;

	if (strspn(value, "0123456789;") == strlen(value))
		len = asprintf(&color, "\033[%sm", value);
	else if (strncmp(value, "\\e", 2) == 0)
		len = asprintf(&color, "\033%s", value + 2);
	else
		len = asprintf(&color, "%s", value);
	return len < 0 ? NULL : color;
}

static int read_scheme(struct ls_colors *colors, const char *name)
{
	cleanup_file FILE *file = fopen(name, "re");
	char line[256], state[64], value[128];

	if (!file)
		return cg_errno_is_shortage(errno) ? -errno : 0;
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "#\n")] = '\0';
		if (sscanf(line, "%63s %127s", state, value) != 2)
			continue;
		for (size_t i = 0; i < LS_COLOR_STATES; i++) {
			if (strcmp(state, defaults[i].name) != 0)
				continue;
			free(colors->of_state[i]);
			colors->of_state[i] = color_of(value);
			if (!colors->of_state[i])
				return -ENOMEM;
		}
	}
	return ferror(file) ? -EIO : 0;
}

static bool terminal_takes_colors(void)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
	       !(no_color && *no_color);
}

int ls_colors_init(struct ls_colors *colors, enum ls_color when)
{
	struct configuration configuration = { 0 };
	int rc = 0;

	colors->wanted =
		when == LS_COLOR_ALWAYS || (when == LS_COLOR_AUTO && terminal_takes_colors());
	if (!colors->wanted)
		return 0;
	rc = read_configuration(&configuration);
	if (when == LS_COLOR_AUTO && configuration.disable > configuration.enable)
		colors->wanted = false;
	if (!rc && colors->wanted && configuration.scheme_file)
		rc = read_scheme(colors, configuration.scheme_file);
	free(configuration.scheme_file);
	return rc;
}
