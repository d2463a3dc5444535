# SPDX-License-Identifier: GPL-2.0-or-later

# CGNS_TRY_CFLAGS(VARIABLE, FLAG...)
# Adds to VARIABLE each FLAG that the compiler takes without a complaint, together with the user's
# own flags: clang takes some of gcc's with a mere warning, which would then come for every file.
AC_DEFUN([CGNS_TRY_CFLAGS], [
cgns_saved_CFLAGS=$CFLAGS
# A complaint about the user's own flags is none about these.
CFLAGS="$cgns_saved_CFLAGS -Werror"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("")]])],
	[cgns_own_CFLAGS=$cgns_saved_CFLAGS], [cgns_own_CFLAGS=])
m4_foreach_w([flag], [$2], [
AC_MSG_CHECKING([whether $CC takes flag])
CFLAGS="$cgns_own_CFLAGS $$1 -Werror flag"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("")]])],
	[AC_MSG_RESULT([yes]); $1="$$1 flag"],
	[AC_MSG_RESULT([no])])
])
CFLAGS=$cgns_saved_CFLAGS
AC_SUBST([$1])
])

# CGNS_TRY_LDFLAGS(VARIABLE, FLAG...)
# The same for the linker.
AC_DEFUN([CGNS_TRY_LDFLAGS], [
cgns_saved_LDFLAGS=$LDFLAGS
cgns_saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS $HARDEN_CFLAGS $SANITIZE_CFLAGS"
m4_foreach_w([flag], [$2], [
AC_MSG_CHECKING([whether the linker takes flag])
LDFLAGS="$cgns_saved_LDFLAGS $SANITIZE_CFLAGS $$1 -Werror flag"
AC_LINK_IFELSE([AC_LANG_PROGRAM([[#include <stdio.h>]], [[puts("")]])],
	[AC_MSG_RESULT([yes]); $1="$$1 flag"],
	[AC_MSG_RESULT([no])])
])
LDFLAGS=$cgns_saved_LDFLAGS
CFLAGS=$cgns_saved_CFLAGS
AC_SUBST([$1])
])

# CGNS_TRY_STATIC(LIBRARY, MODULE, FUNCTION, PROGRAMS)
# Sets LIBRARY_STATIC to the flags that link PROGRAMS statically, and LIBRARY_LIBS to what they then
# need, if a program that calls FUNCTION of pkg-config's MODULE can be linked so; else warns.
AC_DEFUN([CGNS_TRY_STATIC], [
cgns_saved_LDFLAGS=$LDFLAGS
cgns_saved_CFLAGS=$CFLAGS
cgns_saved_LIBS=$LIBS
CFLAGS="$CFLAGS $HARDEN_CFLAGS"
LIBS=`$PKG_CONFIG --static --libs $2`
$1_STATIC=
for flags in -static-pie "-static -no-pie"; do
	AC_MSG_CHECKING([whether a program with $2 links with $flags])
	LDFLAGS="$cgns_saved_LDFLAGS $HARDEN_LDFLAGS $flags"
	AC_LINK_IFELSE([AC_LANG_CALL([], [$3])], [$1_STATIC=$flags], [])
	AC_MSG_RESULT([${$1_STATIC:-no}])
	test -z "$$1_STATIC" || break
done
AS_IF([test -n "$$1_STATIC"],
	[$1_LIBS=$LIBS; static_programs="$static_programs $4"],
	[AC_MSG_WARN([there is no static library for $2: these are built dynamically: $4])])
LDFLAGS=$cgns_saved_LDFLAGS
CFLAGS=$cgns_saved_CFLAGS
LIBS=$cgns_saved_LIBS
])

# CGNS_COMPLETION_DIR(SHELL, DEFAULT)
# Sets and substitutes SHELLcompletiondir; --without-SHELLcompletiondir leaves it empty.
AC_DEFUN([CGNS_COMPLETION_DIR], [
AC_ARG_WITH([$1completiondir],
	[AS_HELP_STRING([--with-$1completiondir=DIR],
		[where completions for $1 go @<:@$2@:>@; "no": nowhere])],
	[], [with_$1completiondir=yes])
AS_CASE([$with_$1completiondir],
	[yes], [$1completiondir='$2'],
	[no], [$1completiondir=],
	[$1completiondir=$with_$1completiondir])
AC_SUBST([$1completiondir])
AM_CONDITIONAL([INSTALL_]m4_toupper([$1])[_COMPLETION], [test -n "$$1completiondir"])
])
