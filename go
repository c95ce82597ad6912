#!/bin/sh
# Peacesim on a machine that has Python 3.11 or newer and nothing else. Needs no activated environment.
#
#   sh go run [FILE] [OPTION ...]    simulate FILE (scenarios/kfor-gates.toml): what `peacesim run` takes
#   sh go test [ARGUMENT ...]        check everything; arguments go to pytest
#   sh go test-pages [ARGUMENT ...]  check pages, map and widget in a browser (needs Chromium); arguments go to pytest
#   sh go benchmark [ARGUMENT ...]   measure what a replication costs; --help tells the arguments
#   sh go notebooks [ARGUMENT ...]   open the notebooks in JupyterLab, which takes the arguments
#   sh go report DIR [OPTION ...]    make a page of results in DIR: what `peacesim report` takes
#
# The first use makes .venv in this folder from constraints.txt; later uses start at once. PYTHON=/path/to/python
# chooses the Python for a new .venv.
set -u
unset CDPATH PYTHONHOME PYTHONPATH
export PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1

say() { printf '%s\n' "$*" >&2; }
die() { say "go: $*"; exit 1; }

caller=$(pwd)
root=$(cd -- "$(dirname -- "$0")" && pwd -P) || exit 1
venv=$root/.venv
bin=$venv/bin
unfinished=$venv/set-up-unfinished # there while an installation is under way
home=$venv/made-in                 # this folder's path when .venv was made, which its scripts hold

recent() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
has() { "$1" -c "import $2" >/dev/null 2>&1; }

# Sets python to the first Python that is recent enough and can make an environment, or else to a recent one.
find_python() {
    python=
    if [ -n "${PYTHON:-}" ]; then
        recent "$PYTHON" || die "PYTHON=$PYTHON is no Python 3.11 or newer"
        python=$PYTHON
        return
    fi
    for name in python3 python3.13 python3.12 python3.11 python; do
        recent "$name" || continue
        found=$("$name" -c 'import sys; print(sys.executable)')
        [ -n "$python" ] || python=$found
        if [ -n "$uv" ] || has "$found" 'ensurepip, venv' || has "$found" pip; then
            python=$found
            return
        fi
    done
    [ -n "$python" ] && return
    found=$(python3 --version 2>&1) || found='no python3'
    die "Python 3.11 or newer is needed; found $found.
Debian, Ubuntu:  sudo apt install python3 python3-venv
Fedora:          sudo dnf install python3
macOS:           brew install python"
}

make_venv() {
    find_python
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    if [ -z "$uv" ] && ! has "$python" 'ensurepip, venv' && ! has "$python" pip; then
        package=python$version-venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            say "$python can make no environment; installing $package with apt-get"
            { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install "$package"; } >/dev/null
        fi
        has "$python" 'ensurepip, venv' || die "$python can make no virtual environment: it lacks ensurepip and pip.
Debian, Ubuntu:  sudo apt install $package
then run this command again."
    fi
    say "Making .venv with Python $version ($python)"
    rm -rf -- "$venv"
    mkdir -- "$venv" || die "cannot write in $root"
    : >"$unfinished"
    printf '%s\n' "$root" >"$home"
    if [ -n "$uv" ]; then
        uv venv -q --allow-existing --python "$python" "$venv"
    elif has "$python" 'ensurepip, venv'; then
        "$python" -m venv "$venv"
    else
        "$python" -m venv --without-pip "$venv"
    fi || die 'no environment could be made; see above'
}

# $1: extras to install, as [a,b] or nothing. The source folder itself is installed, so edits take effect at once.
install() {
    if [ -n "$uv" ]; then
        say "Installing peacesim$1 with uv"
        uv pip install -q --compile-bytecode --python "$bin/python" -c constraints.txt -e ".$1" && return
        say 'uv failed; trying pip'
    fi
    say "Installing peacesim$1 with pip; the first time takes a minute or two"
    has "$bin/python" pip || "$bin/python" -m ensurepip >/dev/null 2>&1
    if has "$bin/python" pip; then
        "$bin/python" -m pip install -q -c constraints.txt -e ".$1"
    else # Debian's python3-pip without python3-venv
        base=$("$bin/python" -c 'import sys; print(sys._base_executable)')
        "$base" -m pip --python "$bin/python" install -q -c constraints.txt -e ".$1"
    fi
}

# Are peacesim and all that it requires with the extras $1 installed?
is_complete() {
    "$bin/python" - "$1" <<'PYTHON' 2>/dev/null
import re, sys
from importlib.metadata import requires, version
for requirement in requires("peacesim"):
    extra = re.search(r"""extra == ['"](\w+)""", requirement)
    if not extra or extra[1] in re.findall(r"\w+", sys.argv[1]):
        version(re.match(r"[\w.-]+", requirement)[0])
PYTHON
}

# $1: extras, as for install. Leaves a working .venv that holds them.
set_up() {
    cd "$root" || exit 1
    uv=
    uv --version >/dev/null 2>&1 && uv=uv
    if [ -e "$unfinished" ]; then
        say 'The last set-up did not finish; starting again'
        make_venv
    elif [ ! -e "$venv" ]; then
        make_venv
    elif ! recent "$bin/python"; then
        say 'The Python of .venv is gone or too old'
        make_venv
    elif [ -e "$home" ] && [ "$(cat "$home")" != "$root" ]; then
        say 'This folder has moved since .venv was made'
        make_venv
    fi
    stamp=$venv/stamp-peacesim$1 # what it was last installed from, for each set of extras
    inputs=$({ "$bin/python" -VV; cat pyproject.toml constraints.txt; } | cksum)
    [ "$(cat "$stamp" 2>/dev/null)" = "$inputs" ] && is_complete "$1" && return
    [ -w "$venv" ] || die "cannot write in $venv"
    : >"$unfinished"
    install "$1"
    status=$?
    # An installer that gave up by itself leaves no half-written package; one that was killed may.
    [ "$status" -lt 126 ] && rm -f -- "$unfinished"
    if [ "$status" != 0 ] || ! is_complete "$1"; then
        die 'set-up failed; see above'
    fi
    printf '%s\n' "$inputs" | tee "$venv/stamp-peacesim" >"$stamp"
}

run() {
    case ${1:-} in
    '' | -*) set -- scenarios/kfor-gates.toml "$@" ;;
    *)
        # A file is looked for where the user is, then here.
        if [ -e "$caller/$1" ] || [ ! -e "$root/$1" ]; then
            cd "$caller" || exit 1
        fi
        ;;
    esac
    exec "$bin/peacesim" run "$@"
}

check() {
    title=$1
    shift
    say "== $title"
    "$@" || failed="$failed $title"
}

test_all() {
    failed=
    check lint "$bin/ruff" check .
    check format "$bin/ruff" format --check .
    check types "$bin/mypy"
    check imports "$bin/lint-imports" --no-logo
    check tests "$bin/python" -m pytest -n auto --dist loadfile "$@"
    [ -z "$failed" ] || die "failed:$failed"
    say 'All checks passed.'
}

trap 'exit 130' INT TERM
command=${1:-}
[ $# -gt 0 ] && shift
case $command in
run)
    set_up ''
    run "$@"
    ;;
test)
    set_up '[dev]'
    test_all "$@"
    ;;
test-pages)
    set_up '[dev,notebooks,report,browser]'
    export PEACESIM_BROWSER=required # without it these tests are skipped where something is lacking
    exec "$bin/python" -m pytest tests/animation/browser tests/report/browser tests/teach/browser tests/report/test_log.py "$@"
    ;;
benchmark)
    set_up ''
    cd "$caller" || exit 1
    PYTHONPATH=$root exec "$bin/python" -m benchmarks "$@"
    ;;
notebooks)
    set_up '[notebooks]'
    say 'JupyterLab opens in a browser, or at the address below. Begin with 1-one-patrol-one-day.ipynb;'
    say 'Ctrl-C here, twice, ends it.'
    [ "$(id -u)" = 0 ] && set -- --allow-root "$@" # in a container there is often no other user
    exec "$bin/jupyter-lab" notebooks --log-level=WARN "$@" # without its log the address stands out
    ;;
report)
    set_up '[report]'
    cd "$caller" || exit 1
    exec "$bin/peacesim" report "$@"
    ;;
*)
    sed -n '2,/^set /s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
