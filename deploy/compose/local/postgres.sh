#!/bin/sh
# POSTGRES_USER, POSTGRES_DB and POSTGRES_PASSWORD_FILE as in the public image: the user and the database are made once.
set -eu
programs=/usr/lib/postgresql/15/bin
data=/var/lib/postgresql/data/data
if [ ! -e $data/.made ]; then
    rm -rf $data
    $programs/initdb --pgdata $data --username "$POSTGRES_USER" --pwfile "$POSTGRES_PASSWORD_FILE" \
        --auth scram-sha-256 --encoding UTF8 >/dev/null
    echo "CREATE DATABASE \"$POSTGRES_DB\"" | $programs/postgres --single -j -D $data postgres >/dev/null
    echo "host all all all scram-sha-256" >>$data/pg_hba.conf
    touch $data/.made
fi
exec $programs/postgres -D $data -c listen_addresses='*' -c unix_socket_directories=/tmp
