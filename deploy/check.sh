#!/usr/bin/env bash
# Runs the written steps of docs/deploy.md for one machine as a stranger would: a checkout, an environment, prepare, the
# three processes, one render over the API, a backup, and the same site again from that backup.
#   deploy/check.sh            in an empty folder (make deploy-check; needs a package index, git, curl)
#   CLEAN=1 deploy/check.sh    in a new Debian, by the lines of "One machine, by systemd" themselves, as root; needs
#                              debootstrap. In place of systemd the units' own command lines are run as their user.
#                              BIND="/a /b": what pip needs of this machine there, read-only (wheels, certificates)
# DATABASE_URL, REDIS_URL and MEDIA_STORAGE_URL are passed on: with them it is the steps for many machines, without backup.
set -euo pipefail
repository="$(cd "$(dirname "$0")/.." && pwd)"
place="$(mktemp -d)"
port="${PORT:-8765}"
root=""
pids=()
mounts=()
end() {
    for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
    wait
    for one in "${mounts[@]}"; do umount -l "$one" || exit 1; done # -l: a child of the sandbox may still hold /dev
    rm -rf --one-file-system "$place"
}
trap end EXIT
say() { printf '\n== %s\n' "$1"; }

if [ -n "${CLEAN:-}" ]; then
    root="$place/root"
    say "a new Debian"
    debootstrap --variant=minbase --include=python3,python3-venv,git,ca-certificates bookworm "$root" >"$place/log"
    for folder in /proc /dev ${BIND:-}; do
        [ -e "$root$folder" ] || mkdir -p "$root$folder"
        mount --bind "$folder" "$root$folder"
        mounts+=("$root$folder")
        case "$folder" in /proc | /dev) ;; *) mount -o remount,ro,bind "$root$folder" ;; esac
    done
    cp -L /etc/resolv.conf "$root/etc/"
    [ ! -f /etc/pip.conf ] || cp -L /etc/pip.conf "$root/etc/"
    mkdir -p "$root/etc/systemd/system"
    git clone -q --bare "$repository" "$root/repository.git"
    say "the lines of docs/deploy.md"
    awk '/^## One machine, by systemd/ {at=1} at && /^```/ {n++; next} n == 1 && !/^systemctl/' "$repository/docs/deploy.md" |
        sed 's#REPOSITORY#/repository.git#; /brim.env.example/a sed -i "/^EMAIL/d; /^TRUST/d; s#^BASE_URL.*#BASE_URL=http://127.0.0.1:'"$port"'#" /etc/brim.env' \
            >"$root/steps.sh"
    chroot "$root" bash -euxo pipefail /steps.sh
else
    say "a checkout and its environment"
    git -C "$repository" archive HEAD | tar -x -C "$place"
    cd "$place"
    "${PYTHON:-python3}" -m venv .venv
    .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
    if [ -n "${DATABASE_URL:-}${REDIS_URL:-}${MEDIA_STORAGE_URL:-}" ]; then
        .venv/bin/pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r requirements-cluster.txt
    fi
    export DATA_DIR="$place/data" NUMBA_CACHE_DIR="$place/kernels"
fi

# Becomes Python in the checkout, in the new Debian with what the units have: their user and the lines of /etc/brim.env.
become() {
    [ -n "$root" ] || exec .venv/bin/python "$@"
    # shellcheck disable=SC2016
    exec chroot "$root" env -i PATH=/usr/bin:/bin bash -c 'set -a; . /etc/brim.env; set +a; cd /opt/brim
        exec setpriv --reuid=brim --regid=brim --clear-groups .venv/bin/python "$@"' become "$@"
}
manage() { (become manage.py "$@"); }
start() {
    pids=()
    for command in "serve --port $port" work beat; do
        # shellcheck disable=SC2086
        (become manage.py $command) &
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

if [ -z "$root" ]; then # the written lines prepare it
    say "a database that is not prepared is said"
    told="$(manage serve --port "$port" 2>&1)" && { echo "it started"; exit 1; }
    grep -q "prepare" <<<"$told" || { echo "it was not: $told"; exit 1; }
    say "prepare"
    manage prepare
fi
say "serve, work, beat"
start

say "one render"
(become - "$port") >"$place/url" <<'PY'
import io, json, sys, time, urllib.request, uuid
from PIL import Image
frames = [Image.linear_gradient("L").rotate(20 * n).convert("P") for n in range(8)]
made = io.BytesIO()
frames[0].save(made, "GIF", save_all=True, append_images=frames[1:], duration=80, loop=0)
site = f"http://127.0.0.1:{sys.argv[1]}"

def call(method, where, body=None, kind="application/json", **headers):
    request = urllib.request.Request(f"{site}{where}", body, {"Content-Type": kind} | headers, method=method)
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)

token = call("POST", "/api/auth/anonymous-token", b"", **{"X-Client-Id": str(uuid.uuid4())})["token"]
key = {"Authorization": f"Bearer {token}"}
form = b'--x\r\nContent-Disposition: form-data; name="files"; filename="in.gif"\r\n\r\n' + made.getvalue()
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
print(render["file"]["bytes"], "bytes of", media["bytes"], file=sys.stderr)
print(render["file"]["url"])
PY

if [ -z "${DATABASE_URL:-}${MEDIA_STORAGE_URL:-}" ]; then
    say "backup and restore"
    if [ -n "$root" ]; then
        kept=/var/lib/brim/backup.tar.gz
        manage backup "$kept"
        stop
        install -d -o "$(stat -c %u "$root/var/lib/brim")" -g "$(stat -c %g "$root/var/lib/brim")" "$root/var/lib/again"
        sed -i 's#^DATA_DIR=.*#DATA_DIR=/var/lib/again#' "$root/etc/brim.env"
    else
        kept="$place/backup.tar.gz"
        manage backup "$kept"
        stop
        export DATA_DIR="$place/restored"
    fi
    manage restore "$kept"
    manage prepare
    start
    curl -sf "$(cat "$place/url")" >"$place/again.gif"  # the same signed link, from the restored key and files
    test -s "$place/again.gif"
fi
stop
say "done"
