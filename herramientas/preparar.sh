#!/bin/sh
# Deja listo el entorno del proyecto. Se puede repetir: si nada cambió, no instala nada.
#
#   sh herramientas/preparar.sh              .venv con requirements.lock, el proyecto y Pango para los PDF
#   sh herramientas/preparar.sh navegador    además, Chromium y axe-core para las pruebas de navegador
#   sh herramientas/preparar.sh lab          además, .venv-lab con JupyterLab
#
# Solo necesita python3 (3.11 o posterior) y python3-venv. Usa uv si está; si no, pip.
# Lo que pide al sistema lo instala si puede (root y apt); si no, dice la orden y sigue sin ello.
set -eu
cd "$(dirname "$0")/.."

PYTHON=${PYTHON:-python3}
ENTORNO=.venv
MARCA=$ENTORNO/.preparado

decir() { printf '%s\n' "preparar: $*" >&2; }
fallar() { decir "$*"; exit 5; }
huella() { cat "$@" | cksum; }

# El entorno sirve si su intérprete arranca (actualizar el sistema lo puede romper) y está donde se creó.
crear_entorno() {
    if "$1/bin/python" -c '' 2>/dev/null && grep -qF "$(pwd)/$1" "$1/bin/activate"; then return; fi
    decir "crea $1"
    rm -rf "$1"
    if command -v uv >/dev/null; then
        uv venv --quiet --python "$PYTHON" "$1"
    else
        "$PYTHON" -m venv "$1" || fallar "no se pudo crear $1. Instale python3-venv (apt-get install python3-venv)."
    fi
}

# instalar ENTORNO ARGUMENTOS...: los mismos argumentos valen para uv y para pip.
instalar() {
    destino=$1
    shift
    if command -v uv >/dev/null; then
        uv pip install --quiet --python "$destino/bin/python" "$@"
    else
        [ -x "$destino/bin/pip" ] || "$destino/bin/python" -m ensurepip >/dev/null
        "$destino/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
    fi
}

preparar_python() {
    "$PYTHON" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null ||
        fallar "hace falta Python 3.11 o posterior y «$PYTHON» no lo es. Indique otro con PYTHON=..."
    actual=$(huella requirements.lock pyproject.toml)
    crear_entorno "$ENTORNO"
    if [ "$(cat "$MARCA" 2>/dev/null)" = "$actual" ]; then return; fi
    decir "instala las bibliotecas de requirements.lock (la primera vez tarda alrededor de un minuto)"
    instalar "$ENTORNO" -r requirements.lock
    # Sin aislar: hatchling viene en requirements.lock y así no se baja nada más.
    instalar "$ENTORNO" --no-deps --no-build-isolation -e .
    # uv no compila, y donde Python no puede guardar lo compilado cada orden lo repetiría: 2 a 5 s por proceso.
    "$ENTORNO/bin/python" -m compileall -q -j 0 -x '/tests?/' "$ENTORNO/lib" pipeline >/dev/null || true
    printf '%s\n' "$actual" >"$MARCA"
}

preparar_lab() {
    marca=.venv-lab/.preparado
    actual=$(huella requirements.lock requirements-lab.lock)
    crear_entorno .venv-lab
    if [ "$(cat "$marca" 2>/dev/null)" = "$actual" ]; then return; fi
    decir "instala JupyterLab en .venv-lab"
    instalar .venv-lab -c requirements.lock -r requirements-lab.lock
    # JupyterLab vive aparte (haría más lentos los informes); su núcleo es el Python de .venv.
    JUPYTER_PATH="$(pwd)/.venv-lab/share/jupyter" \
        "$ENTORNO/bin/python" -m ipykernel install --prefix .venv-lab --name python3 \
        --display-name "Seguimiento" >/dev/null
    printf '%s\n' "$actual" >"$marca"
}

# instalar_del_sistema PARA_QUE PAQUETES...: nunca detiene la preparación.
instalar_del_sistema() {
    para=$1
    shift
    orden="apt-get install -y --no-install-recommends $*"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        decir "instala del sistema: $*"
        registro=$(mktemp)
        if { apt-get update -q && DEBIAN_FRONTEND=noninteractive $orden; } >"$registro" 2>&1; then
            rm -f "$registro"
            return
        fi
        tail -n 3 "$registro" >&2
        rm -f "$registro"
    fi
    decir "faltan bibliotecas del sistema $para. Instálelas con: sudo $orden"
}

preparar_pdf() {
    if "$ENTORNO/bin/python" -c 'import weasyprint' >/dev/null 2>&1; then return; fi
    instalar_del_sistema "y por ahora los informes salen solo en HTML" libpango-1.0-0 libpangoft2-1.0-0
}

preparar_navegador() {
    if command -v chromium >/dev/null; then return; fi
    instalar_del_sistema "y se omiten las pruebas de navegador" chromium
}

# axe-core revisa la accesibilidad en las pruebas; nada de lo publicado lo lleva.
preparar_axe() {
    if [ -f herramientas/axe/node_modules/axe-core/axe.min.js ]; then return; fi
    command -v npm >/dev/null || { decir "sin npm se omite la revisión con axe-core"; return; }
    npm ci --prefix herramientas/axe --ignore-scripts --no-audit --no-fund --silent ||
        decir "no se pudo instalar axe-core: se omite esa revisión"
}

preparar_python
preparar_pdf
for pedido in "$@"; do
    case $pedido in
        navegador) preparar_navegador; preparar_axe ;;
        lab) preparar_lab ;;
        *) fallar "no conoce «$pedido»; conoce: navegador, lab." ;;
    esac
done
