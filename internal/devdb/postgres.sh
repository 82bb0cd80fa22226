#!/bin/sh
# Runs PostgreSQL on the directory "data" of the working directory, made when
# missing. A line on standard input stops it. Standard input also ends when the
# process that writes there is killed: then PostgreSQL is stopped at once, and
# temporary data removed.
#
# Usage: postgres.sh BIN CLIENT SOCKET OPTIONS TEMPORARY
#   BIN        directory of initdb and pg_ctl
#   CLIENT     operating system account that may connect, as the role "profile"
#   SOCKET     directory to make for the socket
#   OPTIONS    of postgres, quoted for a shell
#   TEMPORARY  not empty: the working directory is removed, as above
set -eu
bin=$1 client=$2 socket=$3 options=$4 temporary=$5
umask 077

control() { "$bin/pg_ctl" -s -D data -t 60 "$@" >&2; }

make_data() {
	"$bin/initdb" -D data.new -U profile --encoding=UTF8 --auth-local=peer --auth-host=reject \
		${temporary:+--no-sync} "$@" >&2
}

# A run that is interrupted here leaves nothing that looks like data.
if [ ! -e data/PG_VERSION ]; then
	rmdir data 2>/dev/null || [ ! -e data ] || { echo "data exists and is no cluster" >&2; exit 1; }
	rm -rf data.new
	make_data --locale=C.UTF-8 2>/dev/null || make_data --locale=C # not every system has the first
	mv data.new data
fi

# The kernel vouches for the account at the other end of the socket.
rm -f pg_hba.conf pg_ident.conf
set -o noclobber # follow no link
echo "local all profile peer map=owner" >pg_hba.conf
printf 'owner "%s" profile\n' "$client" >pg_ident.conf

rm -rf "$socket" # of a run that was killed together with this script
mkdir -m 700 "$socket"
trap 'control -m immediate stop 2>/dev/null || :; rm -rf "$socket"' EXIT
control -o "$options" start
if read -r _; then
	control -m fast stop
elif [ "$temporary" ]; then
	control -m immediate stop
	rm -rf "$PWD"
fi
