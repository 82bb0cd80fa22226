#!/bin/sh
# Runs PostgreSQL on the directory "data" of the working directory, which it
# creates when it does not exist. A line on standard input stops PostgreSQL. When
# standard input ends, because the process at its other end was killed, the script
# stops PostgreSQL immediately and removes temporary data.
#
# Usage: postgres.sh BIN CLIENT SOCKET OPTIONS TEMPORARY
#   BIN        directory of initdb and pg_ctl
#   CLIENT     operating system account that may connect, as the role "profile"
#   SOCKET     directory of the socket, which the script creates
#   OPTIONS    arguments of postgres, quoted for a shell
#   TEMPORARY  when not empty, the working directory is temporary data
set -eu
bin=$1 client=$2 socket=$3 options=$4 temporary=$5
umask 077

control() { "$bin/pg_ctl" -s -D data -t 60 "$@" >&2; }

create_data() {
	"$bin/initdb" -D data.new -U profile --encoding=UTF8 --auth-local=peer --auth-host=reject \
		${temporary:+--no-sync} "$@" >&2
}

# The last step renames the directory, so that an interruption leaves no
# incomplete data.
if [ ! -e data/PG_VERSION ]; then
	rmdir data 2>/dev/null || [ ! -e data ] || { echo "data exists and is not a database cluster" >&2; exit 1; }
	rm -rf data.new
	create_data --locale=C.UTF-8 2>/dev/null || create_data --locale=C # not every system has C.UTF-8
	mv data.new data
fi

# With peer authentication the kernel identifies the account of the client.
rm -f pg_hba.conf pg_ident.conf
set -o noclobber # follow no symbolic link
echo "local all,replication profile peer map=owner" >pg_hba.conf
printf 'owner "%s" profile\n' "$client" >pg_ident.conf

rm -rf "$socket" # left by a run that was killed together with its script
mkdir -m 700 "$socket"
trap 'control -m immediate stop 2>/dev/null || :; rm -rf "$socket"' EXIT
control -o "$options" start
if read -r _; then
	control -m fast stop
elif [ "$temporary" ]; then
	control -m immediate stop
	rm -rf "$PWD"
fi
