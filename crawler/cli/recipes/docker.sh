#!/bin/sh
# Rank lists in a container; store and reports stay in a volume.
set -eu
docker build -t star-crawler -f @CLONE@/.ci/Dockerfile @CLONE@
docker run --rm --env-file token.env -v stars:/data -v "$PWD/stars.toml:/etc/stars.toml:ro" star-crawler -q --config /etc/stars.toml

# Left to do:
# 1. Write stars.toml in the folder where this runs; the topic config shows one:
#    docker run --rm star-crawler help config
# 2. Write token.env beside it with the line GH_TOKEN=..., and chmod 600 it.
# The container runs as user 10001. For a folder of yours instead of the volume,
# add -u "$(id -u):$(id -g)".
