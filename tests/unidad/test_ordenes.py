"""Lo que las órdenes revisan antes de hacer algo, y lo que dicen cuando se niegan."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

import openpyxl
import pytest
from typer.testing import CliRunner

from pipeline import cli, flujo, recepcion
from pipeline.cli import corte as ordenes_del_corte
from pipeline.errores import ErrorConfiguracion, ErrorLibro, ErrorSeguimiento
from pipeline.esquemas import crear_tabla
from pipeline.flujo import verificacion
from pipeline.flujo.entidades import calcular_entidad
from pipeline.flujo.plan import importar_plan

PROYECTO = Path(__file__).resolve().parents[2]
DEL_PLAN = {
    "Código de meta": "MP-001",
    "Meta de producto": "Sedes dotadas",
    "Código de dependencia": "SEDU",
    "Tipo de meta": "Acumulado",
    "Meta del cuatrienio": 40,
    "Programado 2024": 10,
    "Programado 2025": 10,
    "Programado 2026": 10,
    "Programado 2027": 10,
}


@pytest.fixture
def contexto(tmp_path: Path) -> flujo.Contexto:
    (tmp_path / "seguimiento.toml").write_bytes((PROYECTO / "seguimiento.toml").read_bytes())
    return flujo.abrir(2025, "T3", tmp_path)


def _negarse(raiz: Path, *orden: str) -> tuple[int, str]:
    """El código y la frase con que la orden se niega."""
    carpeta = [] if orden[0] == "verificar" else ["--raiz", str(raiz)]
    hecha = CliRunner().invoke(cli.app, [*orden, *carpeta])
    if isinstance(hecha.exception, ErrorSeguimiento):
        return hecha.exception.codigo_salida, str(hecha.exception)
    assert isinstance(hecha.exception, SystemExit), hecha.output
    return hecha.exit_code, hecha.output


def _recibir(contexto: flujo.Contexto, periodo: str = "T3") -> None:
    """La ficha de un libro de Educación, sin el libro."""
    carpeta = contexto.rutas.crudos / "2025" / periodo / "pi" / "SEDU"
    carpeta.mkdir(parents=True)
    ficha = {"archivo": "e.xlsx", "ruta": "e.xlsx", "sha256": "1", "bytes": 1, "formato": "pi_propio"}
    ficha |= {"recibido_en": "2025-10-02T08:00:00-05:00", "dependencia": "SEDU", "instrumento": "pi"}
    (carpeta / "e.json").write_text(json.dumps(ficha), encoding="utf-8")


def _libro(ruta: Path, *filas: dict[str, object], hoja: str = "Plan de desarrollo") -> Path:
    cuaderno = openpyxl.Workbook()
    cuaderno.active.title = hoja
    cuaderno.active.append(list(filas[0]))
    for fila in filas:
        cuaderno.active.append(list(fila.values()))
    cuaderno.save(ruta)
    return ruta


def _importar(contexto: flujo.Contexto, libro: Path, formato: str = "plan_propio", *, dia: int = 1) -> object:
    return importar_plan(contexto, libro, formato=formato, recibido_en=datetime(2024, 7, dia, 9))


def _con_plan(contexto: flujo.Contexto, carpeta: Path) -> None:
    """Un plan guardado sin revisarlo, que es lo que tarda."""
    libro, cuando = _libro(carpeta / "plan.xlsx", DEL_PLAN), datetime(2024, 7, 1, 9)
    recepcion.importar_plan(libro, rutas=contexto.rutas, formato="plan_propio", recibido_en=cuando)


def test_importar_un_plan_dice_que_se_leyo_y_volver_a_importar_el_anterior_lo_vuelve_vigente(
    contexto: flujo.Contexto, tmp_path: Path
) -> None:
    uno = _libro(tmp_path / "uno.xlsx", DEL_PLAN)
    dos = _libro(tmp_path / "dos.xlsx", DEL_PLAN, DEL_PLAN | {"Código de meta": "MP-002"})
    dicho = _importar(contexto, uno).presentar()  # type: ignore[attr-defined]
    assert "1 meta, programadas en 2024, 2025, 2026, 2027" in dicho
    assert "1 dependencia: SEDU 1." in dicho
    _importar(contexto, dos, dia=2)
    assert recepcion.plan_vigente(contexto.rutas).archivo == "dos.xlsx"
    _importar(contexto, dos, dia=3)  # el vigente no se repite
    assert len(recepcion.leer_fichas(contexto.rutas.crudos_plan)) == 2
    _importar(contexto, uno, dia=4)
    assert recepcion.plan_vigente(contexto.rutas).archivo == "uno.xlsx"


@pytest.mark.parametrize(
    ("cambio", "formato", "error", "dice"),
    [
        ({"hoja": "Plan Indicativo"}, "plan_propio", ErrorLibro, "No hay una hoja visible"),
        ({"quita": "Programado 2026"}, "plan_propio", ErrorLibro, "Falta la columna «Programado 2026»"),
        ({"meta": None}, "plan_propio", ErrorLibro, "no se leyó ninguna meta"),
        ({}, "pi_propio", ErrorConfiguracion, "no es de un plan de desarrollo. Use uno de: plan_arbol"),
    ],
)
def test_un_libro_que_no_es_el_plan_no_pasa_a_regir(
    contexto: flujo.Contexto,
    tmp_path: Path,
    cambio: dict[str, str],
    formato: str,
    error: type[Exception],
    dice: str,
) -> None:
    fila = {k: v for k, v in DEL_PLAN.items() if k != cambio.get("quita")}
    fila |= {"Código de meta": None, "Meta de producto": None} if "meta" in cambio else {}
    libro = _libro(tmp_path / "otro.xlsx", fila, hoja=cambio.get("hoja", "Plan de desarrollo"))
    with pytest.raises(error, match=dice):
        _importar(contexto, libro, formato)
    assert not contexto.rutas.crudos_plan.exists()


@pytest.mark.parametrize("orden", ["validar", "calcular", "informar", "correr"])
def test_un_corte_sin_ninguna_entrega_no_se_publica_ni_se_calcula(
    contexto: flujo.Contexto, tmp_path: Path, orden: str
) -> None:
    _con_plan(contexto, tmp_path)
    codigo, dicho = _negarse(tmp_path, orden)
    assert (codigo, "no hay ninguna entrega recibida." in dicho) == (5, True)  # la de docs/operacion.md
    codigo, dicho = _negarse(tmp_path, orden, "--vigencia", "2027", "--periodo", "T1")
    assert "no hay ninguna entrega recibida en el corte 2027-T1. Revise --vigencia" in dicho
    assert codigo == 5
    assert not (tmp_path / "reports").exists()


def test_un_corte_que_no_ha_terminado_se_puede_mirar_y_se_avisa_que_es_parcial(
    contexto: flujo.Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    avisar = ordenes_del_corte._si_no_ha_terminado
    monkeypatch.setattr(ordenes_del_corte, "ahora", lambda: datetime(2025, 9, 30, 18))
    assert avisar(contexto) == (
        "el corte 2025-T3 no ha terminado (cierra el 2025-09-30): lo que dice es parcial.",
    )
    monkeypatch.setattr(ordenes_del_corte, "ahora", lambda: datetime(2025, 10, 1, 6))
    assert avisar(contexto) == ()


@pytest.mark.parametrize("orden", ["correr", "estado", "calcular", "verificar"])
def test_una_carpeta_equivocada_no_se_confunde_con_una_sin_entregas(tmp_path: Path, orden: str) -> None:
    ausente, sin_toml, rota = (tmp_path / nombre for nombre in ("ausente", "sin_toml", "rota"))
    for carpeta in (sin_toml, rota):
        carpeta.mkdir()
    (rota / "seguimiento.toml").write_text("[entidad", encoding="utf-8")
    dichos = []
    for carpeta in (ausente, sin_toml, rota):
        codigo, dicho = _negarse(carpeta, *([orden, str(carpeta)] if orden == "verificar" else [orden]))
        assert codigo == 2
        dichos.append(dicho)
    assert dichos[0].startswith(f"no existe la carpeta «{ausente}».")
    assert dichos[1].startswith("no existe seguimiento.toml en la carpeta «sin_toml».")
    assert dichos[2].startswith("seguimiento.toml: TOML mal escrito")
    perdida = calcular_entidad(str(rota))
    assert (perdida.codigo_salida, "TOML mal escrito" in perdida.motivo) == (2, True)


@pytest.mark.parametrize(
    ("orden", "dice"),
    [
        (("calendario", "--ics", "no/hay/x.ics"), "no existe la carpeta «no/hay»"),
        (
            ("correr", "--vigencia", "2025", "--periodo", "T1", "--pendientes"),
            "--pendientes no se puede usar con ",
        ),
        (("correr", "--entidades", "x", "--periodo", "T1"), "--entidades no se puede usar con --periodo"),
        (
            ("calcular", "--entidades", "x", "--vigencia", "2025"),
            "--entidades no se puede usar con --vigencia",
        ),
        (("calcular", "--json"), "solo se usan con --entidades"),
        (("correr", "--ejecutor", "nada"), "no se conoce el ejecutor «nada». Use dask://"),
        (
            ("cerrar", "--autoridad", "X", "--fecha", "2199-01-01"),
            "la fecha 2199-01-01 todavía no ha llegado",
        ),
        (
            ("reabrir", "--autoridad", "X", "--motivo", "Y", "--fecha", "2199-01-01"),
            "la fecha 2199-01-01 todavía no ha llegado",
        ),
        (
            ("calendario", "--vigencia", "2023"),
            "la vigencia 2023 está fuera del cuatrienio. Use una entre 2024",
        ),
        (("control-interno", "--leer", "x.xlsx", "--semilla", "s"), "--leer no se puede usar con --semilla"),
    ],
)
def test_una_opcion_que_no_se_usaria_o_imposible_no_se_ignora(
    contexto: flujo.Contexto, tmp_path: Path, orden: tuple[str, ...], dice: str
) -> None:
    _recibir(contexto)
    codigo, dicho = _negarse(tmp_path, *orden)
    assert (codigo, dice in dicho) == (2, True), dicho


def _uso(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *orden: str) -> str:
    """Lo que dice la orden mal escrita, que termina con código 2."""
    monkeypatch.setattr(sys, "argv", ["seguimiento", *orden])
    with pytest.raises(SystemExit) as salida:
        cli.principal()
    assert salida.value.code == 2
    return capsys.readouterr().err.removesuffix(" Use --help para ver la ayuda.\n")


@pytest.mark.parametrize(
    ("orden", "dice"),
    [
        (("correr", "--trabajos", "-4"), "Error: el valor de la opción --trabajos no es válido"),
        (("control-interno", "--tamano", "0"), "Error: el valor de la opción --tamano no es válido"),
        (("calcular", "--vigencia"), "Error: falta el valor de la opción --vigencia."),
        (("explicar",), "Error: falta el argumento QUÉ."),
        (("recibir", "--vigencia", "2025", "--periodo", "T1"), "Error: falta el argumento ARCHIVO."),
        (("registros", "registrar", "--fecha", "2025-01-01"), "Error: falta el argumento FILA."),
    ],
)
def test_una_orden_mal_escrita_dice_que_le_falta_con_el_nombre_de_la_ayuda(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], orden: tuple[str, ...], dice: str
) -> None:
    assert _uso(monkeypatch, capsys, *orden).startswith(dice)


def test_la_ayuda_no_muestra_tipos_del_lenguaje() -> None:
    for orden in ("recibir", "explicar", "verificar", "comparar"):
        ayuda = CliRunner().invoke(cli.app, [orden, "--help"]).output
        assert "Argumentos:" in ayuda
        assert not set("<{") & set(ayuda)


def test_un_libro_de_revision_que_no_existe_se_dice_asi(contexto: flujo.Contexto, tmp_path: Path) -> None:
    _recibir(contexto)
    _, dicho = _negarse(tmp_path, "pa", "registrar-revision", "no_hay.xlsx")
    assert dicho == "no_hay.xlsx: no existe o no es un archivo. Revise la ruta."


def test_comparar_sin_ninguna_entrega_dice_que_se_reciban(contexto: flujo.Contexto, tmp_path: Path) -> None:
    assert _negarse(tmp_path, "comparar", "2025-T1", "2025-T2") == (
        5,
        "el corte 2025-T1 no tiene entregas. Reciba los libros con «seguimiento recibir».",
    )


def test_una_version_del_poai_no_se_fija_con_un_acto_que_no_ha_llegado(
    contexto: flujo.Contexto, tmp_path: Path
) -> None:
    _recibir(contexto)
    orden = ("poai", "fijar", "--version", "aprobado", "--acto", "Acuerdo 015")
    assert _negarse(tmp_path, *orden, "--fecha", "2999-01-01") == (
        2,
        "la fecha 2999-01-01 todavía no ha llegado. Corrija --fecha.",
    )
    _, dicho = _negarse(tmp_path, *orden, "--fecha", "5-12-2024")
    assert dicho == "--fecha no es una fecha: «5-12-2024». Escríbala como AAAA-MM-DD."


def test_cotejar_ofrece_solo_las_cargas_que_se_cotejan(contexto: flujo.Contexto, tmp_path: Path) -> None:
    _recibir(contexto)
    for carga in ("sispt", "otra"):
        codigo, dicho = _negarse(tmp_path, "cargas", "cotejar", "x.csv", "--carga", carga)
        assert (codigo, dicho) == (2, f"no se coteja la carga «{carga}». Use uno de: al_tablero, cuipo.")


def test_cerrar_lo_que_no_se_ha_publicado_dice_que_falta_y_reabrir_lo_abierto_que_no_hace_falta(
    contexto: flujo.Contexto, tmp_path: Path
) -> None:
    _recibir(contexto)
    codigo, dicho = _negarse(tmp_path, "cerrar", "--autoridad", "Secretario de Planeación")
    assert (codigo, "Ejecute «seguimiento correr --vigencia 2025 --periodo T3»" in dicho) == (5, True)
    codigo, dicho = _negarse(tmp_path, "reabrir", "--autoridad", "Consejo", "--motivo", "Cifra corregida")
    assert (codigo, "No hace falta reabrirlo" in dicho) == (2, True)


@pytest.mark.parametrize(
    ("revision", "dicho"),
    [
        ("abc1234", "instale la revisión abc1234."),
        ("desconocida", "No quedó anotado con qué revisión se corrió."),
    ],
)
def test_verificar_solo_manda_instalar_una_revision_que_se_sabe_cual_es(
    revision: str, dicho: str, contexto: flujo.Contexto, monkeypatch: pytest.MonkeyPatch
) -> None:
    constancia = {"clave": {"codigo": "otro"}, "revision_git": revision}
    monkeypatch.setattr(verificacion, "leer_manifiesto", lambda _: constancia)
    assert verificacion._notas(contexto, [])[0].endswith(dicho)


def test_que_no_haya_nada_publicado_da_el_mismo_codigo_en_verificar_y_en_publicar(
    contexto: flujo.Contexto, tmp_path: Path
) -> None:
    de_verificar = _negarse(tmp_path, "verificar", str(tmp_path))
    de_publicar = _negarse(tmp_path, "publicar", "--destino", str(tmp_path / "sitio"))
    assert de_verificar == (5, "no hay ningún corte publicado. Ejecute «seguimiento correr».")
    assert (de_publicar[0], "no hay ningún corte publicado" in de_publicar[1]) == (5, True)


def test_el_informe_y_la_dependencia_se_revisan_antes_de_leer_ningun_libro(
    contexto: flujo.Contexto, tmp_path: Path
) -> None:
    _con_plan(contexto, tmp_path)
    _recibir(contexto)  # no hay libro: si se intentara leer, se diría otra cosa
    codigo, dicho = _negarse(tmp_path, "informar", "--dependencia", "SEDX")
    assert codigo == 2
    assert dicho.startswith("no existe la dependencia «SEDX». ¿Quiso decir «SEDU»? Hay: SPLA, SHAC, ")
    codigo, dicho = _negarse(tmp_path, "informar", "--informe", "10_cierre_vigencia")
    assert dicho.startswith("no hay un informe «10_cierre_vigencia» en el corte 2025-T3. ")
    assert "03_plan_indicativo" in dicho
    _, dicho = _negarse(tmp_path, "informar", "--informe", "05_poai", "--dependencia", "SEDU")
    assert dicho == "el informe «05_poai» es de todo el corte, no de una dependencia. Quite --dependencia."


def test_sin_corte_se_explica_el_ultimo_calculado_y_lo_que_falta_nombra_el_corte(
    contexto: flujo.Contexto, tmp_path: Path
) -> None:
    _recibir(contexto, "T3")
    _recibir(contexto, "T4")
    assert _negarse(tmp_path, "explicar", "MP-001") == (
        5,
        "no se ha calculado ningún corte. Ejecute «seguimiento correr».",
    )
    codigo, dicho = _negarse(tmp_path, "pa", "revision")  # el último con entregas
    assert (codigo, dicho) == (
        5,
        "no existe la tabla actividades del corte 2025-T4. "
        "Ejecute «seguimiento correr --vigencia 2025 --periodo T4».",
    )
    _, dicho = _negarse(tmp_path, "cargas", "cotejar", "x.csv")
    assert dicho.endswith("Ejecute «seguimiento cargas escribir --vigencia 2025 --periodo T4».")
    carpeta = contexto.rutas.procesados(contexto.corte)
    carpeta.mkdir(parents=True)
    (carpeta / "indices.parquet").write_bytes(b"")
    _, dicho = _negarse(tmp_path, "explicar", "MP-001")
    assert "del corte 2025-T3" in dicho


def test_validar_cuenta_filas_del_libro_y_no_una_por_vigencia() -> None:
    """Tenjo tiene 331 metas en 331 filas y la orden decía 662: dos vigencias de la misma fila."""
    registros = crear_tabla(
        "registros_pi",
        [{"sha256": "s", "hoja": "PDM", "fila": f, "vigencia": v} for f in (2, 3) for v in (2024, 2025)],
    )
    assert ordenes_del_corte._filas(SimpleNamespace(registros=registros)) == 2
