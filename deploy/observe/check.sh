#!/bin/sh
# Checks rules, their tests and the scrape configuration with promtool; status 3 where there is none.
set -eu
cd "$(dirname "$0")/prometheus"
command -v promtool >/dev/null || { echo "promtool is not on this machine"; exit 3; }
promtool check rules rules/*.yml
promtool check config --syntax-only prometheus.yml
promtool test rules tests/*.yml
