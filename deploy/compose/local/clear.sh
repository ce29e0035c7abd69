#!/bin/sh
# Removes containers, networks and volumes of the projects of tests that did not end in order: a killed run leaves six
# networks behind, and the engine has about thirty to give. A test's project is named khoi-test-…; an argument names one
# of them. Nothing else is touched.
set -eu
whose=${1:-khoi-test-}
case $whose in khoi-test-*) ;; *) echo "$0: not a project of a test: $whose" >&2 && exit 2 ;; esac
of_tests() { awk -v whose="$whose" 'index($2, whose) == 1 { print $1 }'; }
label='{{.Label "com.docker.compose.project"}}'
docker ps --all --format "{{.ID}} $label" | of_tests | xargs -r docker rm --force --volumes >/dev/null
docker network ls --format "{{.ID}} $label" | of_tests | xargs -r docker network rm >/dev/null
docker volume ls --format "{{.Name}} $label" | of_tests | xargs -r docker volume rm >/dev/null
