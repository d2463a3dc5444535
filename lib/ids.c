/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Users, groups and signals, by name and by number. */
#include "ids.h"

#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "number.h"

#define NO_ID ((unsigned int)-1)

/* Returns false where text is no number that can be an id. */
static bool parse_number(const char *text, unsigned int *id)
{
	uint64_t number;

	if (cg_number_parse(text, NO_ID - 1, &number) < 0)
		return false;
	*id = (unsigned int)number;
	return true;
}

int cg_parse_user(const char *text, uid_t *uid, gid_t *login_group, struct cg_error *err)
{
	bool numeric = parse_number(text, uid);
	const struct passwd *user = numeric ? NULL : getpwnam(text);

	if (login_group)
		*login_group = user ? user->pw_gid : NO_ID;
	if (user)
		*uid = user->pw_uid;
	return user || numeric ? 0 : cg_error_set(err, 0, "no such user: '%s'", text);
}

int cg_parse_group(const char *text, gid_t *gid, struct cg_error *err)
{
	const struct group *group;

	if (parse_number(text, gid))
		return 0;
	group = getgrnam(text);
	if (!group)
		return cg_error_set(err, 0, "no such group: '%s'", text);
	*gid = group->gr_gid;
	return 0;
}

/* Not every C library has sigabbrev_np(3). */
static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },   { "INT", SIGINT },	      { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP }, { "ABRT", SIGABRT },     { "BUS", SIGBUS },   { "FPE", SIGFPE },
	{ "KILL", SIGKILL }, { "USR1", SIGUSR1 },     { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE }, { "ALRM", SIGALRM },     { "TERM", SIGTERM }, { "STKFLT", SIGSTKFLT },
	{ "CHLD", SIGCHLD }, { "CONT", SIGCONT },     { "STOP", SIGSTOP }, { "TSTP", SIGTSTP },
	{ "TTIN", SIGTTIN }, { "TTOU", SIGTTOU },     { "URG", SIGURG },   { "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ }, { "VTALRM", SIGVTALRM }, { "PROF", SIGPROF }, { "WINCH", SIGWINCH },
	{ "POLL", SIGPOLL }, { "IO", SIGIO },	      { "PWR", SIGPWR },   { "SYS", SIGSYS },
};

/* "RTMIN+2", "RTMAX-1"; 0 for any other text. */
static int realtime_signal(const char *name)
{
	bool up = !strncasecmp(name, "RTMIN", 5);
	unsigned int offset = 0;

	if (!up && strncasecmp(name, "RTMAX", 5))
		return 0;
	name += 5;
	if (*name && (*name != (up ? '+' : '-') || !parse_number(name + 1, &offset)))
		return 0;
	if (offset > (unsigned int)(SIGRTMAX - SIGRTMIN))
		return 0;
	return up ? SIGRTMIN + (int)offset : SIGRTMAX - (int)offset;
}

int cg_parse_signal(const char *text, int *signal, struct cg_error *err)
{
	const char *name = strncasecmp(text, "SIG", 3) ? text : text + 3;
	unsigned int number;

	*signal = realtime_signal(name);
	if (parse_number(text, &number) && number <= (unsigned int)SIGRTMAX)
		*signal = (int)number;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals) && !*signal; i++) {
		if (!strcasecmp(signals[i].name, name))
			*signal = signals[i].number;
	}
	if (*signal)
		return 0;
	cg_error_set(err, 0, "no such signal: '%s'", text);
	return cg_error_hint(err, "kill -l lists them");
}
