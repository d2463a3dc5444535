/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whose cgroup a path says it is: a row for each form, and for what must not match. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "owner.h"

#define ID	"3fa85f6457174562b3fc2c963f66afa6e4b0c44298fc1c149afbf4c8996fb924"
#define INNER	"b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9"
#define UUID	"0c6f3a52-9a4e-4f0b-8a51-6a4f7ce6c1d2"
#define UUID_	"0c6f3a52_9a4e_4f0b_8a51_6a4f7ce6c1d2"
#define HASH	"8e2b7c1d9f3a4b5c6d7e8f9012345678"
#define KUBE	"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod" UUID_ ".slice"
#define USER	"/user.slice/user-1000.slice/user@1000.service"
#define MACHINE "/machine.slice/machine-"

struct row {
	const char *path;
	const char *runtime;	    /* NULL: no container */
	const char *container;	    /* likewise */
	const char *container_path; /* what of the path is the container's cgroup */
	const char *pod;
	const char *unit;
};

/* clang-format off */
static const struct row rows[] = {
	/* docker: both cgroup drivers, in another container, a slice of one's own */
	{ "/system.slice/docker-" ID ".scope", "docker", ID,
	  "/system.slice/docker-" ID ".scope", NULL, "docker-" ID ".scope" },
	{ "/docker/" ID, "docker", ID, "/docker/" ID, NULL, NULL },
	{ "/docker/" ID "/docker/" INNER, "docker", INNER,
	  "/docker/" ID "/docker/" INNER, NULL, NULL },
	{ "/system.slice/docker-" ID ".scope/docker/" INNER, "docker", INNER,
	  "/system.slice/docker-" ID ".scope/docker/" INNER, NULL, "docker-" ID ".scope" },
	{ "/db.slice/docker-" ID ".scope", "docker", ID,
	  "/db.slice/docker-" ID ".scope", NULL, "docker-" ID ".scope" },
	{ "/system.slice:docker:" ID, "docker", ID, "/system.slice:docker:" ID, NULL, NULL },
	/* podman: as root with crun, with runc, with cgroupfs; in a pod; without root */
	{ "/machine.slice/libpod-" ID ".scope/container", "podman", ID,
	  "/machine.slice/libpod-" ID ".scope", NULL, "libpod-" ID ".scope" },
	{ "/machine.slice/libpod-" ID ".scope", "podman", ID,
	  "/machine.slice/libpod-" ID ".scope", NULL, "libpod-" ID ".scope" },
	{ "/libpod_parent/libpod-" ID, "podman", ID, "/libpod_parent/libpod-" ID, NULL, NULL },
	{ "/libpod_parent/" INNER "/libpod-" ID, "podman", ID,
	  "/libpod_parent/" INNER "/libpod-" ID, INNER, NULL },
	{ "/x.service/libpod-payload-" ID, "podman", ID,
	  "/x.service/libpod-payload-" ID, NULL, "x.service" },
	{ MACHINE "libpod_pod_" INNER ".slice/libpod-" ID ".scope/container", "podman", ID,
	  MACHINE "libpod_pod_" INNER ".slice/libpod-" ID ".scope", INNER,
	  "libpod-" ID ".scope" },
	{ USER "/user.slice/libpod-" ID ".scope/container", "podman", ID,
	  USER "/user.slice/libpod-" ID ".scope", NULL, "libpod-" ID ".scope" },
	{ USER "/user.slice/user-libpod_pod_" INNER ".slice/libpod-" ID ".scope", "podman", ID,
	  USER "/user.slice/user-libpod_pod_" INNER ".slice/libpod-" ID ".scope", INNER,
	  "libpod-" ID ".scope" },
	{ "/user.slice/user-1000.slice/session-4.scope/" ID, "podman", ID,
	  "/user.slice/user-1000.slice/session-4.scope/" ID, NULL, "session-4.scope" },
	/* Kubernetes: both drivers, each runtime, static pods, without a class, misconfigured */
	{ KUBE "/cri-containerd-" ID ".scope", "containerd", ID,
	  KUBE "/cri-containerd-" ID ".scope", UUID, "cri-containerd-" ID ".scope" },
	{ KUBE "/crio-" ID ".scope", "cri-o", ID, KUBE "/crio-" ID ".scope", UUID,
	  "crio-" ID ".scope" },
	{ KUBE "/docker-" ID ".scope", "docker", ID, KUBE "/docker-" ID ".scope", UUID,
	  "docker-" ID ".scope" },
	{ "/kubepods.slice/kubepods-pod" UUID_ ".slice/cri-containerd-" ID ".scope",
	  "containerd", ID,
	  "/kubepods.slice/kubepods-pod" UUID_ ".slice/cri-containerd-" ID ".scope",
	  UUID, "cri-containerd-" ID ".scope" },
	{ "/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-pod" HASH ".slice",
	  NULL, NULL, NULL, HASH, "kubelet-kubepods-pod" HASH ".slice" },
	{ "/kubepods/burstable/pod" UUID "/" ID, "kubernetes", ID,
	  "/kubepods/burstable/pod" UUID "/" ID, UUID, NULL },
	{ "/kubepods/pod" UUID "/crio-" ID, "cri-o", ID, "/kubepods/pod" UUID "/crio-" ID,
	  UUID, NULL },
	{ "/kubelet/kubepods/besteffort/pod" HASH "/" ID, "kubernetes", ID,
	  "/kubelet/kubepods/besteffort/pod" HASH "/" ID, HASH, NULL },
	{ "/kubepods/pod" UUID "/" ID "/system.slice/nginx.service", "kubernetes", ID,
	  "/kubepods/pod" UUID "/" ID, UUID, "nginx.service" },
	{ "/kubepods/pod" UUID "/" ID "/kubepods/pod" HASH "/" INNER, "kubernetes", INNER,
	  "/kubepods/pod" UUID "/" ID "/kubepods/pod" HASH "/" INNER, HASH, NULL },
	{ "/system.slice/containerd.service/kubepods-pod" UUID_ ".slice:cri-containerd:" ID,
	  "containerd", ID,
	  "/system.slice/containerd.service/kubepods-pod" UUID_ ".slice:cri-containerd:" ID,
	  UUID, "containerd.service" },
	/* one in another, across runtimes, drivers and systemd: the deepest, and all that is above */
	{ KUBE "/cri-containerd-" ID ".scope/system.slice/docker-" INNER ".scope/init.scope",
	  "docker", INNER,
	  KUBE "/cri-containerd-" ID ".scope/system.slice/docker-" INNER ".scope", UUID,
	  "docker-" INNER ".scope" },
	{ KUBE "/cri-containerd-" ID ".scope/kubelet/kubepods/besteffort/pod" HASH "/" INNER,
	  "kubernetes", INNER,
	  KUBE "/cri-containerd-" ID ".scope/kubelet/kubepods/besteffort/pod" HASH "/" INNER,
	  HASH, "cri-containerd-" ID ".scope" },
	{ KUBE "/cri-containerd-" ID ".scope/kubepods.slice/kubepods-burstable.slice",
	  "containerd", ID, KUBE "/cri-containerd-" ID ".scope", UUID, "kubepods-burstable.slice" },
	{ "/system.slice/k3s.service/kubepods/burstable/pod" UUID "/" ID, "kubernetes", ID,
	  "/system.slice/k3s.service/kubepods/burstable/pod" UUID "/" ID, UUID, "k3s.service" },
	{ "/docker/" ID "/user.slice/user-0.slice/session-1.scope", "docker", ID, "/docker/" ID,
	  NULL, "session-1.scope" },
	{ "/docker/" ID "/lxc.payload.web/system.slice", "lxc", "web",
	  "/docker/" ID "/lxc.payload.web", NULL, "system.slice" },
	{ MACHINE "deb\\x2d12.scope/payload/machine.slice/machine-in.scope/payload", "machine", "in",
	  MACHINE "deb\\x2d12.scope/payload/machine.slice/machine-in.scope", NULL,
	  "machine-in.scope" },
	{ "/machine.slice/libpod-" ID ".scope/container/libpod_parent/libpod-" INNER, "podman",
	  INNER, "/machine.slice/libpod-" ID ".scope/container/libpod_parent/libpod-" INNER, NULL,
	  "libpod-" ID ".scope" },
	/* the pod alone: its own processes' */
	{ KUBE, NULL, NULL, NULL, UUID, "kubepods-burstable-pod" UUID_ ".slice" },
	/* others with an id */
	{ "/system.slice/nerdctl-" ID ".scope", "containerd", ID,
	  "/system.slice/nerdctl-" ID ".scope", NULL, "nerdctl-" ID ".scope" },
	{ "/docker-" HASH ".scope", "docker", HASH, "/docker-" HASH ".scope", NULL,
	  "docker-" HASH ".scope" },
	{ "/ecs/" HASH "/" ID, "ecs", ID, "/ecs/" HASH "/" ID, NULL, NULL },
	{ "/ecs/" HASH "/" HASH "-2731064559", "ecs", HASH "-2731064559",
	  "/ecs/" HASH "/" HASH "-2731064559", NULL, NULL },
	{ "/docker/buildkit/k4s1yrw7xfjx0yzv2ytn9dzme", "buildkit", "k4s1yrw7xfjx0yzv2ytn9dzme",
	  "/docker/buildkit/k4s1yrw7xfjx0yzv2ytn9dzme", NULL, NULL },
	/* others with a name */
	{ "/lxc.payload.web", "lxc", "web", "/lxc.payload.web", NULL, NULL },
	{ "/lxc.payload.web-1/init.scope", "lxc", "web-1", "/lxc.payload.web-1", NULL, NULL },
	{ "/lxc.payload/web", "lxc", "web", "/lxc.payload/web", NULL, NULL },
	{ "/lxc.payload.web.scope", "lxc", "web.scope", "/lxc.payload.web.scope", NULL,
	  "lxc.payload.web.scope" },
	{ "/lxc/lxc.payload.web/init.scope", "lxc", "web", "/lxc/lxc.payload.web", NULL, NULL },
	{ "/lxc/101/ns/system.slice/cron.service", "lxc", "101", "/lxc/101", NULL,
	  "cron.service" },
	{ MACHINE "deb.scope/payload", "machine", "deb", MACHINE "deb.scope", NULL,
	  "machine-deb.scope" },
	{ MACHINE "my\\x2dbox.scope/payload/init.scope", "machine", "my-box",
	  MACHINE "my\\x2dbox.scope", NULL, "machine-my\\x2dbox.scope" },
	{ "/machine.slice/systemd-nspawn@deb\\x2d12.service/payload", "nspawn", "deb-12",
	  "/machine.slice/systemd-nspawn@deb\\x2d12.service", NULL,
	  "systemd-nspawn@deb\\x2d12.service" },
	{ MACHINE "odd\\x00\\xzz.scope", "machine", "odd\\x00\\xzz", MACHINE "odd\\x00\\xzz.scope",
	  NULL, "machine-odd\\x00\\xzz.scope" },
	/* an own child of a container hides nothing */
	{ "/docker/" ID "/init", "docker", ID, "/docker/" ID, NULL, NULL },
	{ "/docker/" ID "/init.scope", "docker", ID, "/docker/" ID, NULL, NULL },
	{ "/docker/" ID "/a/b/c", "docker", ID, "/docker/" ID, NULL, NULL },
	/* systemd in a container, and the container's own unit where it is not in another */
	{ "/system.slice/docker-" ID ".scope/system.slice/nginx.service", "docker", ID,
	  "/system.slice/docker-" ID ".scope", NULL, "nginx.service" },
	{ "/system.slice/docker-" ID ".scope/init.scope", "docker", ID,
	  "/system.slice/docker-" ID ".scope", NULL, "docker-" ID ".scope" },
	/* systemd's escape */
	{ "/_docker-" ID ".scope", "docker", ID, "/_docker-" ID ".scope", NULL,
	  "docker-" ID ".scope" },
	{ "/system.slice/_cgroup.service", NULL, NULL, NULL, NULL, "cgroup.service" },
	/* what is above is out of sight */
	{ "/../" ID, "unknown", ID, "/../" ID, NULL, NULL },
	{ "/../../pod" UUID "/" ID, "kubernetes", ID, "/../../pod" UUID "/" ID, UUID, NULL },
	{ "/../cri-containerd-" ID ".scope", "containerd", ID,
	  "/../cri-containerd-" ID ".scope", NULL, "cri-containerd-" ID ".scope" },

	/* units alone */
	{ "/system.slice/nginx.service", NULL, NULL, NULL, NULL, "nginx.service" },
	{ "/system.slice/nginx.service/worker", NULL, NULL, NULL, NULL, "nginx.service" },
	{ "/system.slice/system-getty.slice/getty@tty1.service", NULL, NULL, NULL, NULL,
	  "getty@tty1.service" },
	{ "/system.slice/dev-disk-by\\x2duuid-4.swap", NULL, NULL, NULL, NULL,
	  "dev-disk-by\\x2duuid-4.swap" },
	{ "/system.slice/srv-my\\x2ddata.mount", NULL, NULL, NULL, NULL, "srv-my\\x2ddata.mount" },
	{ "/init.scope", NULL, NULL, NULL, NULL, "init.scope" },
	{ USER "/app.slice/my.app.service", NULL, NULL, NULL, NULL, "my.app.service" },
	{ USER "/init.scope", NULL, NULL, NULL, NULL, "init.scope" },

	/* nobody's */
	{ "/", NULL, NULL, NULL, NULL, NULL },
	{ "/..", NULL, NULL, NULL, NULL, NULL },
	{ "/../../x", NULL, NULL, NULL, NULL, NULL },
	{ "/a/b", NULL, NULL, NULL, NULL, NULL },
	{ "/default/web", NULL, NULL, NULL, NULL, NULL },
	{ "/docker", NULL, NULL, NULL, NULL, NULL },
	{ "/docker/web", NULL, NULL, NULL, NULL, NULL },
	{ "/" ID, NULL, NULL, NULL, NULL, NULL },
	{ "/x/" ID, NULL, NULL, NULL, NULL, NULL },
	{ "/docker/" ID "0", NULL, NULL, NULL, NULL, NULL },
	{ "/docker/" HASH, NULL, NULL, NULL, NULL, NULL },
	{ "/docker/3FA85F6457174562B3FC2C963F66AFA6E4B0C44298FC1C149AFBF4C8996FB924",
	  NULL, NULL, NULL, NULL, NULL },
	{ "/docker-deadbeef.scope", NULL, NULL, NULL, NULL, "docker-deadbeef.scope" },
	{ "/dockers-" ID ".scope", NULL, NULL, NULL, NULL, "dockers-" ID ".scope" },
	{ "/docker-" ID ".scope.d", NULL, NULL, NULL, NULL, NULL },
	{ "/system.slice/docker.service", NULL, NULL, NULL, NULL, "docker.service" },
	{ "/system.slice/var-lib-docker-" ID "-merged.mount", NULL, NULL, NULL, NULL,
	  "var-lib-docker-" ID "-merged.mount" },
	{ "/system.slice/podman-" ID ".service", NULL, NULL, NULL, NULL, "podman-" ID ".service" },
	{ "/default/" ID, NULL, NULL, NULL, NULL, NULL },
	{ USER "/user.slice/podman-1234.scope", NULL, NULL, NULL, NULL, "podman-1234.scope" },
	{ USER "/user.slice/libpod-conmon-" ID ".scope", NULL, NULL, NULL, NULL,
	  "libpod-conmon-" ID ".scope" },
	{ USER "/user.slice/libpod_pod_" ID, NULL, NULL, NULL, NULL, "user.slice" },
	{ "/machine.slice", NULL, NULL, NULL, NULL, "machine.slice" },
	{ "/machine.slice/machine-.scope", NULL, NULL, NULL, NULL, "machine-.scope" },
	{ "/machine.slice/machine-web.slice", NULL, NULL, NULL, NULL, "machine-web.slice" },
	{ "/lxc", NULL, NULL, NULL, NULL, NULL },
	{ "/lxc.payload.", NULL, NULL, NULL, NULL, NULL },
	{ "/kubepods/podinfo", NULL, NULL, NULL, NULL, NULL },
	{ "/kubepods/pod0c6f3a52+9a4e+4f0b+8a51+6a4f7ce6c1d2", NULL, NULL, NULL, NULL, NULL },
	{ "/buildkit/short", NULL, NULL, NULL, NULL, NULL },
	{ "/ecs/" HASH, NULL, NULL, NULL, NULL, NULL },
	{ "/ecs/" HASH "/" HASH "-", NULL, NULL, NULL, NULL, NULL },
	{ "/a:b:c", NULL, NULL, NULL, NULL, NULL },
	{ "/.service", NULL, NULL, NULL, NULL, NULL },
	{ "/my app.service", NULL, NULL, NULL, NULL, NULL },
	{ "/nginx.target", NULL, NULL, NULL, NULL, NULL },
	/* monitors, on the host and in a container */
	{ "/machine.slice/libpod-conmon-" ID ".scope", NULL, NULL, NULL, NULL,
	  "libpod-conmon-" ID ".scope" },
	{ "/libpod_parent/conmon", NULL, NULL, NULL, NULL, NULL },
	{ KUBE "/crio-conmon-" ID ".scope", NULL, NULL, NULL, UUID, "crio-conmon-" ID ".scope" },
	{ "/lxc.monitor.web", NULL, NULL, NULL, NULL, NULL },
	{ "/lxc.monitor/101", NULL, NULL, NULL, NULL, NULL },
	{ "/lxc/lxc.monitor.web", NULL, NULL, NULL, NULL, NULL },
	{ "/lxc/lxc.pivot", NULL, NULL, NULL, NULL, NULL },
	{ "/lxc.payload.web/lxc/lxc.monitor.inner", "lxc", "web", "/lxc.payload.web", NULL, NULL },
	{ "/kubepods/burstable/pod" UUID "/crio-conmon-" ID, NULL, NULL, NULL, UUID, NULL },
	{ "/docker/" ID "/libpod_parent/libpod-conmon-" INNER, "docker", ID, "/docker/" ID,
	  NULL, NULL },
};
/* clang-format on */

static bool same(const char *got, const char *want)
{
	return strcmp(got, want ? want : "") == 0;
}

static void says_whose_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(rows); i++) {
		const struct row *row = &rows[i];
		struct cg_owner owner;

		cg_owner_read(row->path, &owner);
		if (!same(owner.container, row->container) || !same(owner.pod, row->pod) ||
		    !same(owner.unit, row->unit) ||
		    !same(owner.runtime ? owner.runtime : "", row->runtime))
			fail_msg("%s: container '%s' (%s), pod '%s', unit '%s'", row->path,
				 owner.container, owner.runtime, owner.pod, owner.unit);
		if (owner.container_end != (row->container ? strlen(row->container_path) : 0))
			fail_msg("%s: the container ends at %zu", row->path, owner.container_end);
	}
}

static void says_where_pod_and_unit_are(void **state)
{
	struct cg_owner owner;

	(void)state;
	cg_owner_read(KUBE "/cri-containerd-" ID ".scope/a", &owner);
	assert_int_equal(owner.pod_end, strlen(KUBE));
	assert_int_equal(owner.unit_end, strlen(KUBE "/cri-containerd-" ID ".scope"));
	cg_owner_read("/a", &owner);
	assert_int_equal(owner.pod_end, 0);
	assert_int_equal(owner.unit_end, 0);
}

static void ranks_units(void **state)
{
	static const struct {
		const char *path;
		enum cg_unit_rank rank;
	} ranks[] = {
		{ "/system.slice/x.service", CG_UNIT_OF_HOST },
		{ USER, CG_UNIT_OF_HOST },
		{ USER "/app.slice/x.service", CG_UNIT_OF_USER },
		{ "/system.slice/docker-" ID ".scope", CG_UNIT_OF_HOST },
		{ "/docker/" ID "/system.slice/x.service", CG_UNIT_OF_CONTAINER },
		{ "/docker/" ID USER "/x.service", CG_UNIT_OF_CONTAINER },
		{ USER "/user.slice/libpod-" ID ".scope/x.service", CG_UNIT_OF_CONTAINER },
		{ USER "/user.slice/libpod-" ID ".scope", CG_UNIT_OF_USER },
		{ "/kubepods.slice", CG_UNIT_OF_HOST },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(ranks); i++) {
		struct cg_owner owner;

		cg_owner_read(ranks[i].path, &owner);
		if (owner.unit_rank != ranks[i].rank)
			fail_msg("%s: rank %d", ranks[i].path, owner.unit_rank);
	}
}

static void long_names_are_nobodys(void **state)
{
	char path[1024] = "/lxc/";
	struct cg_owner owner;

	(void)state;
	memset(path + strlen(path), 'x', 255);
	cg_owner_read(path, &owner);
	assert_int_equal(strlen(owner.container), 255);
	strcat(path, "x");
	cg_owner_read(path, &owner);
	assert_string_equal(owner.container, "");
	strcat(path, "/x.service");
	cg_owner_read(path, &owner);
	assert_string_equal(owner.unit, "x.service");
}

static void people_read_twelve_digits(void **state)
{
	char shown[CG_OWNER_SIZE];
	struct cg_owner owner;

	(void)state;
	cg_owner_read("/docker/" ID, &owner);
	cg_owner_shorten(&owner, shown);
	assert_string_equal(shown, "3fa85f645717");
	cg_owner_read("/lxc/a-rather-long-name-of-a-container", &owner);
	cg_owner_shorten(&owner, shown);
	assert_string_equal(shown, "a-rather-long-name-of-a-container");
}

static void knows_names_of_units(void **state)
{
	(void)state;
	assert_true(cg_owner_is_unit("nginx.service"));
	assert_true(cg_owner_is_unit("my.app.scope"));
	assert_false(cg_owner_is_unit("my.app"));
	assert_false(cg_owner_is_unit("nginx"));
	assert_false(cg_owner_is_unit(".service"));
	assert_false(cg_owner_is_unit("a/b.service"));
	assert_false(cg_owner_is_unit(""));
	assert_true(cg_owner_is_hex("3fa85f645717", 12));
	assert_false(cg_owner_is_hex("3fa85f645717", 13));
	assert_false(cg_owner_is_hex("3fa85f64571g", 12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(says_whose_it_is),
		cmocka_unit_test(says_where_pod_and_unit_are),
		cmocka_unit_test(ranks_units),
		cmocka_unit_test(long_names_are_nobodys),
		cmocka_unit_test(people_read_twelve_digits),
		cmocka_unit_test(knows_names_of_units),
	};

	return cmocka_run_group_tests_name("owner", tests, NULL, NULL);
}
