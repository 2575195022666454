#!/usr/bin/env bash
# Runs the written steps of docs/deploy.md for one machine in an empty folder, as a stranger would: a checkout, an
# environment, prepare, the three processes, one render over the API, a backup, and the same site again from that backup.
#   deploy/check.sh            (make deploy-check; needs a package index, git, curl; takes as long as the kernels do)
# DATABASE_URL, REDIS_URL and MEDIA_STORAGE_URL are passed on: with them it is the steps for many machines, without backup.
set -euo pipefail
repository="$(cd "$(dirname "$0")/.." && pwd)"
place="$(mktemp -d)"
port="${PORT:-8765}"
pids=()
end() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
    rm -rf "$place"
}
trap end EXIT
say() { printf '\n== %s\n' "$1"; }

say "a checkout and its environment"
git -C "$repository" archive HEAD | tar -x -C "$place"
cd "$place"
"${PYTHON:-python3}" -m venv .venv
.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
if [ -n "${DATABASE_URL:-}${REDIS_URL:-}${MEDIA_STORAGE_URL:-}" ]; then
    .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-cluster.txt
fi
export DATA_DIR="$place/data" NUMBA_CACHE_DIR="$place/kernels"

start() {
    pids=()
    for command in "serve --port $port" work beat; do
        # shellcheck disable=SC2086
        .venv/bin/python manage.py $command &
        pids+=($!)
    done
    for _ in $(seq 240); do
        curl -sf "http://127.0.0.1:$port/healthz" >/dev/null && return
        sleep 0.5
    done
    echo "the site did not come up"; curl -s "http://127.0.0.1:$port/healthz"; exit 1
}
stop() {
    for pid in "${pids[@]}"; do kill "$pid"; done
    wait "${pids[@]}" || true
    pids=()
}

say "a database that is not prepared is said"
.venv/bin/python manage.py serve --port "$port" 2>&1 | grep -q "prepare" || { echo "it was not"; exit 1; }

say "prepare, serve, work, beat"
.venv/bin/python manage.py prepare
start

say "one render"
.venv/bin/python - "$port" "$place/in.gif" <<'PY'
import json, sys, time, urllib.request, uuid
from PIL import Image
port, path = sys.argv[1:]
frames = [Image.linear_gradient("L").rotate(20 * n).convert("P") for n in range(8)]
frames[0].save(path, save_all=True, append_images=frames[1:], duration=80, loop=0)
site = f"http://127.0.0.1:{port}"

def call(method, where, body=None, kind="application/json", **headers):
    request = urllib.request.Request(f"{site}{where}", body, {"Content-Type": kind} | headers, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)

token = call("POST", "/api/auth/anonymous-token", b"", **{"X-Client-Id": str(uuid.uuid4())})["token"]
key = {"Authorization": f"Bearer {token}"}
form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="in.gif"\r\n\r\n' + open(path, "rb").read()
media = call("POST", "/api/v1/uploads", form + b"\r\n--x--\r\n", "multipart/form-data; boundary=x", **key)[0]
order = {"project": media["project"], "goal": {"format": "gif", "max_bytes": media["bytes"] // 2}}
render = call("POST", "/api/v1/renders", json.dumps(order).encode(), **key)
for _ in range(1200):
    render = call("GET", f"/api/v1/renders/{render['id']}", **key)
    if render["state"] not in ("queued", "running"):
        break
    time.sleep(0.5)
assert render["state"] == "finished" and render["fits"], render
with urllib.request.urlopen(render["file"]["url"]) as file:
    assert len(file.read()) == render["file"]["bytes"] <= media["bytes"] // 2
open(f"{path}.url", "w").write(render["file"]["url"])
print(render["file"]["bytes"], "bytes of", media["bytes"])
PY

if [ -z "${DATABASE_URL:-}${MEDIA_STORAGE_URL:-}" ]; then
    say "backup and restore"
    .venv/bin/python manage.py backup "$place/backup.tar.gz"
    stop
    DATA_DIR="$place/restored"
    .venv/bin/python manage.py restore "$place/backup.tar.gz"
    .venv/bin/python manage.py prepare
    start
    curl -sf "$(cat "$place/in.gif.url")" >"$place/again.gif"  # the same signed link, from the restored key and files
    test -s "$place/again.gif"
fi
stop
say "done"
