#!/bin/sh
# Makes .venv with exactly what requirements/dev.lock names. Nothing is done, and nothing downloaded, when the
# stamp says that this was done for this lock file in this folder. Errors are one sentence each.
set -eu

stamp=$1
python=${PYTHON:-python3}
venv=$PWD/.venv
needed_mb=1500

say() { printf '%s\n' "$*" >&2; }
refuse() {
    say "khoi: $*"
    exit 1
}

command -v "$python" >/dev/null 2>&1 ||
    refuse "không có $python: hãy cài Python 3.11 trở lên, ví dụ 'apt-get install python3 python3-venv' (no $python)"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    refuse "$("$python" --version 2>&1) quá cũ: cần Python 3.11 trở lên, đặt PYTHON=đường-dẫn (Python 3.11+ is needed)"
"$python" -c 'import venv, ensurepip' >/dev/null 2>&1 ||
    refuse "Python này thiếu venv: hãy chạy 'apt-get install python3-venv' (python3-venv is missing)"
[ -w . ] || refuse "không ghi được vào $PWD (cannot write here)"

# A folder that was moved, or a Python that was upgraded away, leaves a .venv that cannot work.
if [ -e "$venv" ] && ! { "$venv/bin/python" -c '' 2>/dev/null && "$venv/bin/pip" --version >/dev/null 2>&1; }; then
    rm -rf "$venv"
fi
free_mb=$(df -Pm . | awk 'NR == 2 { print $4 }')
if [ ! -e "$venv" ] && [ "$free_mb" -lt "$needed_mb" ]; then
    refuse "ổ đĩa chỉ còn $free_mb MB, cần $needed_mb MB để cài đặt (disk nearly full)"
fi

say "khoi: đang cài các gói đã khóa phiên bản vào .venv (installing the locked packages)"
[ -e "$venv" ] || "$python" -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.lock ||
    refuse "không cài được các gói trong requirements/dev.lock, xem lỗi của pip ở trên (pip failed, see above)"
"$venv/bin/pip" install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e . ||
    refuse "không cài được chính dự án, xem lỗi của pip ở trên (pip failed, see above)"
# Eight processes load this code at each start, also where the environment forbids Python to keep what it compiled.
"$venv/bin/python" -m compileall -q shared services deploy
rm -f "$venv"/.installed-*
touch "$stamp"
