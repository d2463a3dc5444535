/* SPDX-License-Identifier: GPL-2.0-or-later */
/* noop - the program that the fault tests run: it does nothing, in few system calls */
int main(void)
{
	return 0;
}
