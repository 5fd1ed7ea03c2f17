"""Reglas de construcción del código, comprobadas y no prometidas."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import diccionario

PROYECTO = Path(__file__).resolve().parents[2]
MODULOS = sorted((PROYECTO / "pipeline").rglob("*.py"))
LINEAS_POR_FUNCION = 40
LINEAS_POR_MODULO = 400
ESCRITOS = {
    "LEAME.md",
    "metodo.md",
    "NOTES.md",
}  # los dos que escribe una orden; las notas de los libros reales
PROHIBIDAS = {"eval", "exec", "compile", "__import__"}
MODULOS_PROHIBIDOS = {"pickle", "shelve", "marshal", "dill", "joblib"}
PESADAS = ("pandas", "great_expectations", "matplotlib", "papermill", "nbconvert", "weasyprint", "duckdb")
# Por partes, para que este archivo no contenga lo que busca.
REGISTROS = ("pypi." + "org", "pythonhosted." + "org", "npmjs." + "org", "index-" + "url", "find-" + "links")
DE_TEXTO = {
    ".py",
    ".md",
    ".toml",
    ".yml",
    ".yaml",
    ".ipynb",
    ".sh",
    ".lock",
    ".txt",
    ".html",
    ".css",
    ".j2",
    ".json",
    "",
}


def _arbol(ruta: Path) -> ast.Module:
    return ast.parse(ruta.read_text(encoding="utf-8"))


def _lugar(ruta: Path, nodo: ast.stmt | ast.expr) -> str:
    return f"{ruta.relative_to(PROYECTO)}:{nodo.lineno}"


def _archivos_del_repositorio() -> list[Path]:
    if shutil.which("git") is None or not (PROYECTO / ".git").exists():
        pytest.skip("se omite: sin git no se sabe qué archivos son del repositorio")
    orden = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    salida = subprocess.run(orden, cwd=PROYECTO, capture_output=True, text=True, check=True).stdout
    rutas = [PROYECTO / nombre for nombre in salida.split("\0") if nombre]
    return [ruta for ruta in rutas if ruta.is_file() and ruta.suffix in DE_TEXTO]


def _documentacion() -> str:
    rutas = [PROYECTO / "README.md", *sorted((PROYECTO / "docs").rglob("*.md"))]
    return "\n".join(ruta.read_text(encoding="utf-8") for ruta in rutas)


def test_las_capas_se_respetan() -> None:
    """Los contratos de import-linter de pyproject.toml."""
    ejecutable = Path(sys.executable).with_name("lint-imports")
    corrida = subprocess.run(
        [str(ejecutable), "--no-logo", "--no-cache"],
        cwd=PROYECTO,
        capture_output=True,
        text=True,
        check=False,
    )
    assert corrida.returncode == 0, corrida.stdout + corrida.stderr


def test_ninguna_funcion_pasa_de_cuarenta_lineas() -> None:
    largas = [
        f"{_lugar(ruta, nodo)} {nodo.name} ({nodo.end_lineno - nodo.lineno + 1})"
        for ruta in [*MODULOS, *sorted((PROYECTO / "herramientas").glob("*.py"))]
        for nodo in ast.walk(_arbol(ruta))
        if isinstance(nodo, ast.FunctionDef | ast.AsyncFunctionDef)
        and nodo.end_lineno is not None
        and nodo.end_lineno - nodo.lineno + 1 > LINEAS_POR_FUNCION
    ]
    assert largas == []


def test_ningun_modulo_pasa_de_cuatrocientas_lineas() -> None:
    lineas = {str(r.relative_to(PROYECTO)): len(r.read_text(encoding="utf-8").splitlines()) for r in MODULOS}
    assert {ruta: n for ruta, n in lineas.items() if n > LINEAS_POR_MODULO} == {}


def test_todo_documento_que_cita_el_codigo_esta_en_el_repositorio() -> None:
    """Quien lee no tiene las notas de quien escribió: la razón va en el sitio o en docs/."""
    archivos = _archivos_del_repositorio()
    conocidos = {ruta.name for ruta in archivos if ruta.suffix == ".md"} | ESCRITOS
    ajenos = [
        f"{ruta.relative_to(PROYECTO)}: {nombre}"
        for ruta in archivos
        if ruta.suffix in {".py", ".css", ".yml", ".j2"}
        for nombre in re.findall(r"([\w.-]+\.md)\b", ruta.read_text(encoding="utf-8"))
        if nombre not in conocidos
    ]
    assert ajenos == []


def test_la_pagina_de_arquitectura_nombra_todos_los_modulos_y_carpetas() -> None:
    pagina = (PROYECTO / "docs" / "arquitectura.md").read_text(encoding="utf-8")
    modulos = {r.stem for r in (PROYECTO / "pipeline").glob("*.py")} - {"__init__"}
    paquetes = {r.parent.name for r in (PROYECTO / "pipeline").glob("*/__init__.py")}
    assert {m for m in modulos | paquetes if f"`{m}`" not in pagina} == set()
    carpetas = {r.relative_to(PROYECTO).parts[0] for r in _archivos_del_repositorio() if r.parent != PROYECTO}
    assert {c for c in carpetas if not c.startswith(".") and f"`{c}/" not in pagina} == set()


def test_ningun_vocabulario_esta_escrito_en_dos_modulos() -> None:
    """Un diccionario de tres o más palabras igual en dos módulos: al cambiar uno, el otro dice otra cosa."""
    donde: dict[str, list[str]] = {}
    for ruta in MODULOS:
        for nodo in _arbol(ruta).body:
            valor = nodo.value if isinstance(nodo, ast.Assign | ast.AnnAssign) else None
            if isinstance(valor, ast.Dict) and len(valor.keys) >= 3:
                donde.setdefault(ast.dump(valor), []).append(_lugar(ruta, nodo))
    assert [lugares for lugares in donde.values() if len(lugares) > 1] == []


def test_nada_se_evalua_como_codigo() -> None:
    """Sin eval ni exec: lo que llega en un libro o en la configuración es dato, nunca código."""
    usos = [
        _lugar(ruta, nodo)
        for ruta in MODULOS
        for nodo in ast.walk(_arbol(ruta))
        if isinstance(nodo, ast.Call) and isinstance(nodo.func, ast.Name) and nodo.func.id in PROHIBIDAS
    ]
    assert usos == []


def test_nada_se_guarda_ni_se_lee_con_pickle() -> None:
    importados = [
        (_lugar(ruta, nodo), nombre)
        for ruta in MODULOS
        for nodo in ast.walk(_arbol(ruta))
        for nombre in _importados(nodo)
        if nombre.split(".")[0] in MODULOS_PROHIBIDOS
    ]
    assert importados == []


def _importados(nodo: ast.AST) -> list[str]:
    if isinstance(nodo, ast.Import):
        return [alias.name for alias in nodo.names]
    if isinstance(nodo, ast.ImportFrom) and nodo.module:
        return [nodo.module]
    return []


def test_toda_clase_con_herencia_es_excepcion_enumeracion_o_seccion_validada() -> None:
    """Sin jerarquías propias: solo se hereda de excepciones, enumeraciones y bibliotecas que lo exigen."""
    permitidas = re.compile(
        r"(Error|Exception|Enum|BaseModel|Seccion|Parte|TypedDict|NamedTuple|Protocol|Exporter|Preprocessor|TyperCommand|TyperGroup|Engine|DisplayHook|InteractiveShell)"
    )
    otras = [
        f"{_lugar(ruta, nodo)} {nodo.name}({ast.unparse(base)})"
        for ruta in MODULOS
        for nodo in ast.walk(_arbol(ruta))
        if isinstance(nodo, ast.ClassDef)
        for base in nodo.bases
        if not permitidas.search(ast.unparse(base))
    ]
    assert otras == []


def test_los_pines_son_nombre_y_version() -> None:
    """Sin direcciones ni opciones: el registro lo pone la máquina de cada quien."""
    pin = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.]*")
    for nombre in ("requirements.lock", "requirements-lab.lock"):
        lineas = (PROYECTO / nombre).read_text(encoding="utf-8").splitlines()
        assert [linea for linea in lineas if not pin.fullmatch(linea)] == []
        nombres = [linea.split("==")[0] for linea in lineas]
        assert nombres == sorted(set(nombres))


def test_toda_biblioteca_declarada_esta_en_los_pines() -> None:
    import tomllib

    proyecto = tomllib.loads((PROYECTO / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    declaradas = proyecto["dependencies"] + proyecto["optional-dependencies"]["dev"]
    nombres = {re.split(r"[<>=!~\[ ]", linea)[0].lower() for linea in declaradas}
    pines = (PROYECTO / "requirements.lock").read_text(encoding="utf-8").splitlines()
    assert nombres - {linea.split("==")[0] for linea in pines} == set()


def test_el_repositorio_no_nombra_registros_de_paquetes() -> None:
    menciones = [
        (str(ruta.relative_to(PROYECTO)), registro)
        for ruta in _archivos_del_repositorio()
        for registro in REGISTROS
        if registro in ruta.read_text(encoding="utf-8", errors="ignore")
    ]
    assert menciones == []


def test_el_diccionario_de_datos_esta_al_dia() -> None:
    """Si falla: make docs."""
    assert diccionario.DESTINO.read_text(encoding="utf-8") == diccionario.diccionario()


def test_los_enlaces_de_la_documentacion_llevan_a_algo() -> None:
    rotos = []
    for ruta in [
        PROYECTO / "README.md",
        PROYECTO / "CHANGELOG.md",
        *sorted((PROYECTO / "docs").rglob("*.md")),
    ]:
        for enlace in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", ruta.read_text(encoding="utf-8")):
            if not enlace.startswith(("http:", "https:", "mailto:")) and not (ruta.parent / enlace).exists():
                rotos.append(f"{ruta.relative_to(PROYECTO)} -> {enlace}")
    assert rotos == []


def test_la_ayuda_no_importa_bibliotecas_pesadas() -> None:
    """Pedir ayuda responde al instante; se comprueban los módulos cargados y no los segundos."""
    pytest.importorskip("pipeline.cli", reason="se omite: no hay línea de órdenes")
    programa = (
        "import sys, json\n"
        "from pipeline.cli import principal\n"
        "sys.argv = ['seguimiento', '--help']\n"
        "try:\n    principal()\nexcept SystemExit:\n    pass\n"
        "print(json.dumps(sorted(m for m in sys.modules if '.' not in m)), file=sys.stderr)\n"
    )
    corrida = subprocess.run(
        [sys.executable, "-c", programa], cwd=PROYECTO, capture_output=True, text=True, check=True
    )
    cargados = set(json.loads(corrida.stderr.splitlines()[-1]))
    assert "correr" in corrida.stdout
    assert cargados & set(PESADAS) == set()


def test_la_documentacion_nombra_toda_orden() -> None:
    cli = pytest.importorskip("pipeline.cli", reason="se omite: no hay línea de órdenes")
    import typer

    raiz = typer.main.get_command(cli.app)
    documentacion = _documentacion()
    ordenes = [" ".join(["seguimiento", *camino]) for camino in _caminos(raiz)]
    assert [orden for orden in ordenes if orden not in documentacion] == []


def _caminos(orden: object) -> list[list[str]]:
    """Los verbos de cada orden final: [["demo"], ["plan", "importar"], …]."""
    hijas: dict[str, object] = getattr(orden, "commands", {})
    if not hijas:
        return [[]]
    return [[nombre, *resto] for nombre, hija in hijas.items() for resto in _caminos(hija)]


def test_toda_regla_esta_documentada() -> None:
    """Las de lectura, las de calidad y las de alerta: un hallazgo siempre se puede buscar en docs/."""
    recursos = PROYECTO / "pipeline" / "recursos"
    archivos = [*sorted((PROYECTO / "expectations").rglob("*.yml")), *sorted(recursos.glob("*.yml"))]
    reglas = {regla for archivo in archivos for regla in _reglas(archivo)}
    if not reglas:
        pytest.skip("se omite: todavía no hay reglas")
    documentacion = _documentacion()
    assert sorted(regla for regla in reglas if regla not in documentacion) == []


def _reglas(archivo: Path) -> list[str]:
    """Identificadores como LEC-01 que el archivo define: como clave, en «regla:» o en «id:»."""
    patron = re.compile(r"^\s*(?:- )?(?:(?:regla|id): )?\"?([A-Z]{2,5}-\d{2,3})\"?:?\s*$", re.MULTILINE)
    return patron.findall(archivo.read_text(encoding="utf-8"))
