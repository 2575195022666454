#!/bin/sh
# What the container starts: the compiled kernels of the image are put where they may be written, since numba reads its
# cache only there; a folder for each image, because kernels belong to their sources.
set -eu
app="${APP:-/app}"
NUMBA_CACHE_DIR="$DATA_DIR/kernels/$(cat "$app/kernels.id")"
export NUMBA_CACHE_DIR
if [ ! -d "$NUMBA_CACHE_DIR" ]; then
    mkdir -p "$DATA_DIR/kernels"
    cp -r "$app/kernels" "$NUMBA_CACHE_DIR.$$"
    mv "$NUMBA_CACHE_DIR.$$" "$NUMBA_CACHE_DIR" || rm -rf "$NUMBA_CACHE_DIR.$$"
fi
exec python manage.py "$@"
