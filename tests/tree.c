// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * tree - a world of cgroups, namespaces and processes for the tests
 *
 *	tree SEED COUNT OUT HIERARCHY=DIR...
 *
 * Below each DIR, a cgroup that is there, it makes a random tree, up to 12
 * levels deep, with names as hostile as the kernel allows, other trees in
 * other hierarchies. In them COUNT processes live: each is moved, unshares its
 * cgroup namespace, is moved again, up to four times nested, and ends at its
 * root, below it or outside of it. Some have no namespace of their own, some
 * only in a thread, of some the root is removed, some are zombies. The same
 * SEED gives the same world on the same hierarchies.
 *
 * It writes to the folder OUT
 *	targets		"KIND TARGET" lines, TARGET naming a namespace by PID, or
 *			by file for a thread's; KIND is "living", or "removed"
 *			where the root cgroup was removed in some hierarchy
 *	pids		every process, a line each
 *	ids.HIERARCHY	for each line of pids the cgroup id, 0 where it is not
 *			known
 * then prints "ready" and waits for SIGTERM, or for its parent to end. At the
 * end it removes everything that it made below DIR.
 *
 * All moving is done by the parent, from outside of the namespaces, so that it
 * also works where they are delegation boundaries (nsdelegate).
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "syscalls.h"

enum {
	MAX_HIERARCHIES = 16,
	MAX_DEPTH = 12,
	MAX_NESTING = 4,
	MAX_PATH_BYTES = 2800, /* leaves room for the folders above DIR */
};

struct node {
	char *path; /* below the hierarchy's DIR, "." for DIR itself */
	size_t parent;
	unsigned int depth;
	uint64_t id;
	bool removed;
};

struct hierarchy {
	const char *name;
	int dir;
	struct node *nodes;
	size_t count;
};

enum kind {
	KIND_MEMBER,
	KIND_NO_NAMESPACE, /* stays in the caller's */
	KIND_THREAD,	   /* only a thread is in the new namespace */
	KIND_ROOT_REMOVED,
	KIND_ZOMBIE,
	KIND_ZOMBIE_REMOVED, /* and its cgroup is gone, too */
};

/* Every world of 16 processes or more has each kind. */
static const enum kind kinds[] = {
	KIND_MEMBER, KIND_MEMBER,	  KIND_NO_NAMESPACE, KIND_MEMBER,
	KIND_THREAD, KIND_ROOT_REMOVED,	  KIND_MEMBER,	     KIND_ZOMBIE,
	KIND_MEMBER, KIND_ZOMBIE_REMOVED, KIND_MEMBER,	     KIND_MEMBER,
	KIND_MEMBER, KIND_ROOT_REMOVED,	  KIND_MEMBER,	     KIND_THREAD,
};

struct process {
	pid_t pid;
	pid_t tid; /* of the thread with a namespace of its own, or 0 */
	int control;
	enum kind kind;
	ssize_t at[MAX_HIERARCHIES]; /* node, or -1: where the caller is */
};

struct world {
	struct hierarchy hierarchies[MAX_HIERARCHIES];
	size_t hierarchy_count;
	struct process *processes;
	size_t process_count;
};

static struct world world;
static uint64_t random_state;

/* splitmix64: the same numbers everywhere, unlike random(3). */
static uint64_t random_next(void)
{
	uint64_t z = (random_state += 0x9e3779b97f4a7c15);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static size_t random_below(size_t limit)
{
	return random_next() % limit;
}

static void world_end(void)
{
	for (size_t i = 0; i < world.process_count; i++) {
		kill(world.processes[i].pid, SIGKILL);
		waitpid(world.processes[i].pid, NULL, 0);
	}
	for (size_t h = 0; h < world.hierarchy_count; h++) {
		struct hierarchy *hierarchy = &world.hierarchies[h];

		for (size_t n = hierarchy->count; n-- > 1;) {
			/* a killed process leaves its cgroup a moment after wait(2) */
			for (int tries = 0; tries < 500; tries++) {
				if (hierarchy->nodes[n].removed ||
				    unlinkat(hierarchy->dir, hierarchy->nodes[n].path,
					     AT_REMOVEDIR) == 0 ||
				    errno != EBUSY)
					break;
				usleep(10000);
			}
			free(hierarchy->nodes[n].path);
		}
		free(hierarchy->nodes);
		close(hierarchy->dir);
	}
	free(world.processes);
}

static CG_PRINTF(1, 2) CG_NORETURN void die(const char *format, ...)
{
	int reason = errno;
	va_list arguments;

	va_start(arguments, format);
	fprintf(stderr, "tree: ");
	vfprintf(stderr, format, arguments);
	fprintf(stderr, ": %s\n", strerror(reason));
	va_end(arguments);
	world_end();
	exit(EXIT_FAILURE);
}

/* A name that something somewhere splits, trims, globs, escapes or mistakes for "..". */
static void hostile_name(char *name, size_t size)
{
	static const char *const whole[] = {
		"...",
		"..x",
		"....",
		"x (deleted)",
		" ",
		" lead",
		"trail ",
		"a b",
		"a\tb",
		"a:b",
		":",
		"::",
		"0::",
		"\\",
		"a\\b",
		"\\040",
		"\\x41",
		"\x01",
		"\x1b[31mred",
		"\x7f",
		"\xff\xfe",
		"\xc3\xa9",
		"\xc3",
		"\xc2\x85",
		"-",
		"--",
		"-n",
		"--help",
		"$(id)",
		"`id`",
		"*",
		"?",
		"[a]",
		"{a,b}",
		"\"",
		"'",
		"%s%n",
		"#",
		"=",
		",",
		"a,b",
		"name=x",
		"unified",
		"self",
		"1",
		"1234",
		"id:1",
		"fs:x",
		"cgroup:[1]",
		"a\rb",
		"\xe2\x80\xae",
		"\xf0\x9f\x98\x80",
		"(deleted)",
		"~",
		"..\\",
	};
	size_t len;

	switch (random_below(4)) {
	case 0: /* any bytes that are allowed */
		len = 1 + random_below(24);
		for (size_t i = 0; i < len; i++)
			do {
				name[i] = (char)(1 + random_below(255));
			} while (name[i] == '/' || name[i] == '\n');
		/* the kernel keeps "cgroup." and the controllers' files to itself */
		if (name[0] == '.')
			name[0] = '_';
		name[len] = '\0';
		return;
	case 1: /* one of few plain names, so that branches look alike */
		snprintf(name, size, "%c", (int)('a' + random_below(3)));
		return;
	default:
		snprintf(name, size, "%s", whole[random_below(CG_ARRAY_SIZE(whole))]);
	}
}

static ssize_t node_new(struct hierarchy *hierarchy, size_t parent, const char *name)
{
	struct node *above = &hierarchy->nodes[parent];
	cleanup_free char *path = NULL;
	struct stat st;

	if (above->depth == MAX_DEPTH || strlen(above->path) + strlen(name) > MAX_PATH_BYTES)
		return -1;
	if (asprintf(&path, "%s/%s", above->path, name) < 0)
		die("cannot name a cgroup");
	if (mkdirat(hierarchy->dir, path, 0755) < 0) {
		if (errno == EEXIST || errno == EINVAL)
			return -1;
		die("cannot make a cgroup in %s", hierarchy->name);
	}
	hierarchy->nodes[hierarchy->count] = (struct node){
		.path = cg_steal_ptr(&path),
		.parent = parent,
		.depth = above->depth + 1,
	};
	if (fstatat(hierarchy->dir, hierarchy->nodes[hierarchy->count].path, &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		die("cannot look at a new cgroup in %s", hierarchy->name);
	hierarchy->nodes[hierarchy->count].id = st.st_ino;
	return (ssize_t)hierarchy->count++;
}

static void hierarchy_grow(struct hierarchy *hierarchy, size_t count, size_t reserve)
{
	char name[NAME_MAX + 1];
	struct stat st;

	/* the spine, reserve: a leaf for each process whose root will be removed */
	hierarchy->nodes = calloc(1 + MAX_DEPTH + count + reserve, sizeof(*hierarchy->nodes));
	if (!hierarchy->nodes || fstat(hierarchy->dir, &st) < 0)
		die("cannot begin a tree");
	hierarchy->nodes[0] = (struct node){ .path = (char *)".", .id = st.st_ino };
	hierarchy->count = 1;
	for (ssize_t deepest = 0; deepest < MAX_DEPTH;) {
		ssize_t node;

		hostile_name(name, sizeof(name));
		node = node_new(hierarchy, (size_t)deepest, name);
		if (node > 0)
			deepest = node;
	}
	for (size_t i = 0; i < count; i++) {
		hostile_name(name, sizeof(name));
		node_new(hierarchy, random_below(hierarchy->count), name);
	}
}

static bool node_is_below(const struct hierarchy *hierarchy, size_t node, size_t root)
{
	while (node > root)
		node = hierarchy->nodes[node].parent;
	return node == root;
}

static size_t node_random(const struct hierarchy *hierarchy)
{
	size_t node;

	do {
		node = random_below(hierarchy->count);
	} while (hierarchy->nodes[node].removed);
	return node;
}

static size_t node_random_below(const struct hierarchy *hierarchy, ssize_t root)
{
	for (int tries = 0; root > 0 && tries < 200; tries++) {
		size_t node = node_random(hierarchy);

		if (node_is_below(hierarchy, node, (size_t)root))
			return node;
	}
	return root > 0 ? (size_t)root : node_random(hierarchy);
}

static void process_move(struct process *process, size_t h, size_t node)
{
	struct hierarchy *hierarchy = &world.hierarchies[h];
	char file[PATH_MAX];
	char number[32];
	cleanup_fd int fd = -1;
	int len = snprintf(number, sizeof(number), "%d", process->pid);

	snprintf(file, sizeof(file), "%s/cgroup.procs", hierarchy->nodes[node].path);
	fd = openat(hierarchy->dir, file, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, number, (size_t)len) != len)
		die("cannot move a process in %s", hierarchy->name);
	process->at[h] = (ssize_t)node;
}

static void *thread_unshare(void *answer)
{
	pid_t *tid = answer;

	*tid = unshare(CLONE_NEWCGROUP) < 0 ? -errno : (pid_t)syscall(SYS_gettid);
	for (;;)
		pause();
	return NULL;
}

/* A process of the world does one thing for each byte it gets, and answers. */
static CG_NORETURN void process_run(int control, pid_t parent)
{
	static volatile pid_t tid;
	char command;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	while (read(control, &command, 1) == 1) {
		pid_t answer = 0;
		pthread_t thread;

		if (command == 'u' && unshare(CLONE_NEWCGROUP) < 0)
			answer = -errno;
		if (command == 't') {
			answer = -pthread_create(&thread, NULL, thread_unshare, (void *)&tid);
			while (!answer)
				answer = tid;
		}
		if (write(control, &answer, sizeof(answer)) != sizeof(answer) || command == 'x')
			_exit(EXIT_SUCCESS);
	}
	_exit(EXIT_SUCCESS);
}

static pid_t process_order(struct process *process, char command)
{
	pid_t answer = -EPIPE;

	if (write(process->control, &command, 1) != 1 ||
	    read(process->control, &answer, sizeof(answer)) != sizeof(answer) || answer < 0) {
		errno = -answer;
		die("a process could not do '%c'", command);
	}
	return answer;
}

static void process_start(struct process *process, enum kind kind)
{
	pid_t parent = getpid();
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		die("cannot make a socket");
	*process = (struct process){ .control = ends[0], .kind = kind };
	for (size_t h = 0; h < world.hierarchy_count; h++)
		process->at[h] = -1;
	process->pid = fork();
	if (process->pid < 0)
		die("cannot fork");
	if (process->pid == 0) {
		close(ends[0]);
		process_run(ends[1], parent);
	}
	world.process_count++;
	close(ends[1]);
}

/* Nested as a caller would nest: usually further down, sometimes anywhere. */
static void process_nest(struct process *process)
{
	size_t levels = process->kind == KIND_NO_NAMESPACE ? 0 : 1 + random_below(MAX_NESTING);

	for (size_t level = 0; level < levels; level++) {
		bool last = level + 1 == levels;

		for (size_t h = 0; h < world.hierarchy_count; h++) {
			struct hierarchy *hierarchy = &world.hierarchies[h];

			if (random_below(4))
				process_move(process, h,
					     node_random_below(hierarchy, process->at[h]));
			else
				process_move(process, h, node_random(hierarchy));
		}
		if (last && process->kind == KIND_ROOT_REMOVED)
			return;
		if (last && process->kind == KIND_THREAD)
			process->tid = process_order(process, 't');
		else
			process_order(process, 'u');
	}
}

/* At its root, below it, or anywhere. */
static void process_settle(struct process *process)
{
	for (size_t h = 0; h < world.hierarchy_count; h++) {
		struct hierarchy *hierarchy = &world.hierarchies[h];

		switch (random_below(3)) {
		case 0:
			break;
		case 1:
			process_move(process, h, node_random_below(hierarchy, process->at[h]));
			break;
		default:
			process_move(process, h, node_random(hierarchy));
		}
	}
}

/* Moves the process to new leaves of every hierarchy, and says which. */
static void process_to_leaves(struct process *process, size_t leaves[])
{
	char name[64];

	for (size_t h = 0; h < world.hierarchy_count; h++) {
		struct hierarchy *hierarchy = &world.hierarchies[h];
		ssize_t leaf;

		snprintf(name, sizeof(name), "leaf %zd (deleted)", process->at[h] + 1);
		do {
			leaf = node_new(hierarchy, node_random(hierarchy), name);
		} while (leaf < 0);
		leaves[h] = (size_t)leaf;
		process_move(process, h, leaves[h]);
	}
}

/* Removes some of the leaves, at least the first. */
static void remove_leaves(const size_t leaves[])
{
	for (size_t h = 0; h < world.hierarchy_count; h++) {
		struct hierarchy *hierarchy = &world.hierarchies[h];
		struct node *node = &hierarchy->nodes[leaves[h]];

		if (h && random_below(2))
			continue;
		for (int tries = 0; unlinkat(hierarchy->dir, node->path, AT_REMOVEDIR) < 0;
		     tries++) {
			if (errno != EBUSY || tries == 500)
				die("cannot remove a leaf in %s", hierarchy->name);
			usleep(10000);
		}
		node->removed = true;
	}
}

static void process_lose_root(struct process *process)
{
	size_t leaves[MAX_HIERARCHIES];

	process_to_leaves(process, leaves);
	process_order(process, 'u');
	for (size_t h = 0; h < world.hierarchy_count; h++) {
		size_t node = node_random(&world.hierarchies[h]);

		if (node == leaves[h])
			node = world.hierarchies[h].nodes[node].parent;
		process_move(process, h, node);
	}
	remove_leaves(leaves);
}

static void process_die(struct process *process)
{
	size_t leaves[MAX_HIERARCHIES];
	siginfo_t info;

	if (process->kind == KIND_ZOMBIE_REMOVED)
		process_to_leaves(process, leaves);
	process_order(process, 'x');
	if (waitid(P_PID, (id_t)process->pid, &info, WEXITED | WNOWAIT) < 0)
		die("cannot wait for a zombie");
	if (process->kind == KIND_ZOMBIE_REMOVED)
		remove_leaves(leaves);
}

static void world_populate(size_t count)
{
	world.processes = calloc(count, sizeof(*world.processes));
	if (!world.processes)
		die("cannot begin");
	for (size_t i = 0; i < count; i++) {
		struct process *process = &world.processes[i];

		process_start(process, kinds[i % CG_ARRAY_SIZE(kinds)]);
		process_nest(process);
		if (process->kind == KIND_ROOT_REMOVED)
			process_lose_root(process);
		else
			process_settle(process);
		if (process->kind >= KIND_ZOMBIE)
			process_die(process);
	}
}

static FILE *create(int out, const char *name)
{
	int fd = openat(out, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	if (!file)
		die("cannot create %s", name);
	return file;
}

static void close_written(FILE *file)
{
	if (fclose(file) == EOF)
		die("cannot write");
}

static void write_ids(int out, size_t h)
{
	struct hierarchy *hierarchy = &world.hierarchies[h];
	char name[NAME_MAX];
	FILE *file;

	snprintf(name, sizeof(name), "ids.%s", hierarchy->name);
	file = create(out, name);
	for (size_t i = 0; i < world.process_count; i++) {
		struct process *process = &world.processes[i];
		bool known = process->kind < KIND_ZOMBIE && process->at[h] >= 0;

		fprintf(file, "%ju\n",
			(uintmax_t)(known ? hierarchy->nodes[process->at[h]].id : 0));
	}
	close_written(file);
}

static void world_write(int out)
{
	FILE *targets = create(out, "targets");
	FILE *pids = create(out, "pids");

	for (size_t i = 0; i < world.process_count; i++) {
		struct process *process = &world.processes[i];

		fprintf(pids, "%d\n", process->pid);
		if (process->kind >= KIND_ZOMBIE)
			continue;
		fprintf(targets, "%s ", process->kind == KIND_ROOT_REMOVED ? "removed" : "living");
		if (process->tid)
			fprintf(targets, "/proc/%d/task/%d/ns/cgroup\n", process->pid,
				process->tid);
		else
			fprintf(targets, "%d\n", process->pid);
	}
	close_written(targets);
	close_written(pids);
	for (size_t h = 0; h < world.hierarchy_count; h++)
		write_ids(out, h);
}

static void hierarchy_open(char *argument)
{
	struct hierarchy *hierarchy = &world.hierarchies[world.hierarchy_count];
	char *dir = strrchr(argument, '=');

	/* the name itself may be name=systemd; DIR has no "=" in it */
	if (!dir || world.hierarchy_count == MAX_HIERARCHIES) {
		fprintf(stderr, "tree: not HIERARCHY=DIR, or too many: %s\n", argument);
		exit(EXIT_FAILURE);
	}
	*dir++ = '\0';
	hierarchy->name = argument;
	hierarchy->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (hierarchy->dir < 0)
		die("cannot open %s", dir);
	world.hierarchy_count++;
}

int main(int argc, char **argv)
{
	pid_t parent = getppid();
	size_t count;
	sigset_t end;
	int signal_number;
	int out;

	if (argc < 5) {
		fprintf(stderr, "Usage: tree SEED COUNT OUT HIERARCHY=DIR...\n");
		return EXIT_FAILURE;
	}
	random_state = strtoull(argv[1], NULL, 10);
	count = strtoul(argv[2], NULL, 10);
	out = open(argv[3], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out < 0)
		die("cannot open %s", argv[3]);
	for (int i = 4; i < argc; i++)
		hierarchy_open(argv[i]);

	sigemptyset(&end);
	sigaddset(&end, SIGTERM);
	sigaddset(&end, SIGINT);
	sigaddset(&end, SIGHUP);
	sigprocmask(SIG_BLOCK, &end, NULL);
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		return EXIT_FAILURE;

	for (size_t h = 0; h < world.hierarchy_count; h++)
		hierarchy_grow(&world.hierarchies[h], 2 * count, count);
	world_populate(count);
	world_write(out);
	puts("ready");
	fflush(stdout);
	sigwait(&end, &signal_number);
	world_end();
	close(out);
	return EXIT_SUCCESS;
}
