#!/bin/sh
# Checks everything: formatting, lints, documentation, then the whole test suite on SQLite and on
# PostgreSQL. It ends with the test runner's own summary and exit code.
#
#   ./test.sh                     everything
#   ./test.sh link                only the tests whose names contain `link`, without the checks
#
# PostgreSQL: a cluster of its own in a temporary folder, on a socket that no one else can reach, removed at
# the end. TEST_DATABASE_URL, when set, names a server to use instead; its user must be allowed to create
# databases. The browser tests drive Chromium with ChromeDriver. Where PostgreSQL, Chromium or ChromeDriver
# isn't installed, it is installed with apt-get.
set -eu
cd "$(dirname "$0")"

started=$(date +%s)
say() { printf '\n==> %s (after %s s)\n' "$*" "$(($(date +%s) - started))" >&2; }
fail() { printf '\ntest.sh: %s\n' "$*" >&2; exit 1; }

# Prints the folder of PostgreSQL's server programs, or nothing.
find_postgres() {
    for folder in $(ls -d /usr/lib/postgresql/*/bin /usr/pgsql-*/bin 2>/dev/null | sort -rV); do
        if [ -x "$folder/initdb" ] && [ -x "$folder/postgres" ]; then echo "$folder"; return; fi
    done
    if command -v initdb >/dev/null && command -v postgres >/dev/null; then
        dirname "$(readlink -f "$(command -v initdb)")"
    fi
}

# Installs Debian packages: `install WHAT INSTEAD PACKAGE…`; INSTEAD says what else can be done.
install() {
    what=$1
    instead=$2
    shift 2
    command -v apt-get >/dev/null || fail "$what is missing and there is no apt-get to install it with: $instead"
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null ||
            fail "installing $what needs root and there is no sudo: run 'apt-get install $*' as root, or $instead"
        as_root="sudo"
    fi
    say "installing $what with apt-get"
    $as_root apt-get update -qq || fail "apt-get update failed"
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >&2 ||
        fail "apt-get could not install $*"
}

install_browser() {
    # Ubuntu has both in one package, under another name.
    if apt-cache show chromium-driver >/dev/null 2>&1; then packages="chromium chromium-driver"
    else packages="chromium-chromedriver"; fi
    install "Chromium with ChromeDriver" "put chromium and chromedriver on the PATH" $packages
    command -v chromedriver >/dev/null || fail "Chromium was installed but chromedriver is nowhere to be found"
}

# Starts a cluster and sets TEST_DATABASE_URL. PostgreSQL refuses to run as root, so root becomes someone else.
start_postgres() {
    programs=$(find_postgres)
    if [ -z "$programs" ]; then
        install PostgreSQL "install PostgreSQL 14 or newer, or set TEST_DATABASE_URL" postgresql
        programs=$(find_postgres)
        [ -n "$programs" ] || fail "PostgreSQL was installed but initdb is nowhere to be found"
    fi
    cluster=$(mktemp -d /tmp/tributary-postgres.XXXXXX)
    trap stop_postgres EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    become=""
    if [ "$(id -u)" = 0 ]; then
        user=nobody
        if id postgres >/dev/null 2>&1; then user=postgres; fi
        chown "$user" "$cluster"
        become="runuser -u $user --"
    fi
    say "starting PostgreSQL from $programs in $cluster"
    $become "$programs/initdb" -D "$cluster/data" -U tributary --auth=trust -E UTF8 --locale=C \
        >"$cluster/initdb.log" 2>&1 || { cat "$cluster/initdb.log" >&2; fail "initdb failed"; }
    $become "$programs/pg_ctl" -D "$cluster/data" -w -t 60 -l "$cluster/server.log" start \
        -o "-c listen_addresses= -c unix_socket_directories=$cluster -c max_connections=300" >/dev/null ||
        { cat "$cluster/server.log" >&2; fail "PostgreSQL did not start"; }
    export TEST_DATABASE_URL="postgres:///postgres?user=tributary&host=$cluster"
}

stop_postgres() {
    status=$?
    $become "$programs/pg_ctl" -D "$cluster/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$cluster"
    exit $status
}

command -v cargo >/dev/null || fail "cargo is missing: install Rust from https://rustup.rs"
command -v chromedriver >/dev/null || install_browser
if [ -z "${TEST_DATABASE_URL:-}" ]; then start_postgres; fi

if [ $# = 0 ]; then
    say "formatting"
    cargo fmt --all --check
    say "lints"
    cargo clippy --workspace --all-targets --locked -- -D warnings
    say "documentation"
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --document-private-items --locked --quiet
fi

say "building"
cargo build --workspace --all-targets --locked
TRIBUTARY_BIN=${CARGO_TARGET_DIR:-$PWD/target}/debug/tributary
export TRIBUTARY_BIN
say "tests"
# Most tests wait for processes, pages and databases rather than for a core.
export RUST_TEST_THREADS="${RUST_TEST_THREADS:-$((3 * $(nproc)))}"
# All targets: the examples in documentation are none of Rust's, so that there is nothing to gain from looking for them.
# The runner prints a summary per test binary; they are added up at the very end.
results=$(mktemp /tmp/tributary-results.XXXXXX)
code=0
{ cargo test --workspace --all-targets --locked --no-fail-fast "$@" || echo "test.sh: the runner failed"; } 2>&1 | tee "$results"
if grep -q "^test.sh: the runner failed" "$results"; then code=1; fi
awk '/^test result:/ { passed += $4; failed += $6 } END { printf "\n%d passed, %d failed\n", passed, failed }' "$results"
rm -f "$results"
exit $code
