"""El procedimiento como datos, el estado de sus registros, los enlaces y el libro de una vigencia."""

from __future__ import annotations

import hashlib
import re
import shutil
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

import pandas as pd
import pytest

from pipeline.config import Calendario, Dependencia
from pipeline.errores import ErrorConfiguracion, ErrorEntorno, ErrorLibro
from pipeline.flujo import abrir
from pipeline.flujo.contexto import Contexto
from pipeline.flujo.registros import libro_de_registros
from pipeline.flujo.registros_archivo import (
    archivar,
    asignar_consecutivo,
    carpeta_de_registros,
    declarar_no_aplica,
    leer_registros,
)
from pipeline.flujo.registros_publicacion import guardar_constancia, leer_publicaciones, preparar_constancia
from pipeline.modelo import Corte, Periodo
from pipeline.procedimiento import (
    ANUAL,
    Constancia,
    Esperado,
    cargar_procedimiento,
    decidir_estado,
    fecha_limite,
    leer_enlaces,
    registros_esperados,
    sin_enlace,
)

PROYECTO = Path(__file__).parents[2]
PROCEDIMIENTO = cargar_procedimiento()
LIMITE = date(2025, 7, 14)
AHORA = datetime(2025, 8, 20, 9, 0)


def _esperado(fila: int) -> Esperado:
    return Esperado(fila=PROCEDIMIENTO.fila(fila), vigencia=2025, periodo="T2", limite=LIMITE)


@pytest.fixture
def contexto(tmp_path: Path) -> Contexto:
    shutil.copy(PROYECTO / "seguimiento.toml", tmp_path)
    return abrir(2025, "T2", tmp_path)


def test_el_procedimiento_tiene_13_filas_del_pi_11_del_poai_y_9_del_plan_de_accion() -> None:
    instrumentos = [f.instrumento for f in PROCEDIMIENTO.filas]
    assert [instrumentos.count(i) for i in ("pi", "poai", "pa")] == [13, 11, 9]


def test_cada_blanco_de_la_semilla_esta_dicho() -> None:
    for fila in PROCEDIMIENTO.filas:
        if not fila.registro or not fila.punto_control:
            assert fila.vacio_de_la_semilla, fila.fila
    assert [f.fila for f in PROCEDIMIENTO.filas if not f.registro] == [17, 22, 29]
    assert "cortado" in PROCEDIMIENTO.fila(23).vacio_de_la_semilla


def test_las_fechas_salen_del_calendario_de_la_entidad() -> None:
    calendario = Calendario(dias_habiles_de_plazo=10)
    # 30 de junio + 10 días hábiles; del 30 hacia atrás, con festivos el 23 y el 30.
    assert fecha_limite(PROCEDIMIENTO.fila(7), 2025, "T2", calendario) == date(2025, 7, 14)
    assert fecha_limite(PROCEDIMIENTO.fila(6), 2025, "T2", calendario) == date(2025, 6, 20)
    assert fecha_limite(PROCEDIMIENTO.fila(18), 2025, ANUAL, calendario) == date(2024, 9, 30)
    assert fecha_limite(PROCEDIMIENTO.fila(29), 2025, ANUAL, calendario) == date(2025, 1, 31)
    fijado = Calendario(vencimientos={"2025-T2": date(2025, 7, 30)})
    assert fecha_limite(PROCEDIMIENTO.fila(7), 2025, "T2", fijado) == date(2025, 7, 30)


def test_se_espera_un_registro_por_corte_o_uno_en_la_vigencia() -> None:
    esperados = registros_esperados(PROCEDIMIENTO, 2025, Calendario(), "T2")
    por_fila = pd.Series([e.fila.fila for e in esperados]).value_counts()
    assert por_fila[4] == 2 and por_fila[18] == 1
    # 20 filas son de cada corte y 13 de la vigencia o del cuatrienio.
    assert len(esperados) == 20 * 2 + 13


ARCHIVADO = Constancia(clase="archivado", referencia="a.pdf", fecha=date(2025, 7, 1))
HECHO = Constancia(clase="hecho", referencia="tabla")


@pytest.mark.parametrize(
    ("fila", "constancias", "hoy", "estado"),
    [
        (4, [], date(2025, 7, 14), "esperado"),
        (4, [], date(2025, 7, 15), "falta"),
        (4, [ARCHIVADO], date(2025, 9, 1), "firmado"),
        (4, [replace(ARCHIVADO, fecha=date(2025, 7, 15))], date(2025, 9, 1), "tarde"),
        (4, [replace(ARCHIVADO, intacta=False)], date(2025, 9, 1), "falta"),
        (4, [HECHO], date(2025, 9, 1), "falta"),  # exige firma: el dato no basta
        (9, [HECHO], date(2025, 9, 1), "producido"),
        (7, [replace(HECHO, tardia=True)], date(2025, 9, 1), "tarde"),
        (7, [Constancia(clase="parcial", referencia="24 de 25")], date(2025, 9, 1), "falta"),
        (4, [Constancia(clase="borrador", referencia="b")], date(2025, 7, 1), "borrador"),
        (4, [Constancia(clase="borrador", referencia="b")], date(2025, 9, 1), "falta"),
        (4, [Constancia(clase="no_aplica", referencia="razón")], date(2025, 9, 1), "no_aplica"),
    ],
)
def test_el_estado_sale_de_lo_que_mas_prueba(
    fila: int, constancias: list[Constancia], hoy: date, estado: str
) -> None:
    assert decidir_estado(_esperado(fila), constancias, hoy) == estado


def test_quitar_un_registro_archivado_pone_en_falta_exactamente_una_fila(tmp_path: Path) -> None:
    """Fila por fila, las 33; en la primera vigencia, en que también se pide la del cuatrienio."""
    configuracion = (PROYECTO / "seguimiento.toml").read_text(encoding="utf-8")
    sin_desde = re.sub(r"^desde = .*$", "", configuracion, flags=re.MULTILINE)  # los tres, ya en 2024
    (tmp_path / "seguimiento.toml").write_text(sin_desde, encoding="utf-8")
    contexto, hoy = abrir(2024, "T1", tmp_path), date(2025, 12, 1)
    firmado = tmp_path / "firmado.pdf"
    for fila in PROCEDIMIENTO.filas:
        firmado.write_bytes(f"registro de la fila {fila.fila}".encode())
        archivar(contexto, [fila.fila], firmado, fecha=date(2023, 6, 1), registrado_en=AHORA)
    antes = libro_de_registros(contexto, hoy)
    assert antes["estado"].tolist() == ["firmado"] * 33
    for ficha in leer_registros(contexto):
        archivado = contexto.rutas.crudos / ficha.ruta
        aparte = archivado.rename(tmp_path / "quitado")
        despues = libro_de_registros(contexto, hoy)
        cambian = antes["estado"] != despues["estado"]
        assert despues.loc[cambian, ["fila", "estado"]].to_numpy().tolist() == [[*ficha.filas, "falta"]]
        assert "falta o fue alterado" in despues.loc[cambian, "referencia"].item()
        aparte.rename(archivado)


def test_lo_de_un_instrumento_que_aun_no_se_seguia_no_aplica(tmp_path: Path) -> None:
    shutil.copy(PROYECTO / "seguimiento.toml", tmp_path)  # el POAI y el Plan de Acción, desde 2025-T1
    libro = libro_de_registros(abrir(2024, "T1", tmp_path), date(2025, 12, 1)).set_index("fila")["estado"]
    instrumentos = {f.fila: f.instrumento for f in PROCEDIMIENTO.filas}
    assert {instrumentos[fila] for fila in libro.index[libro == "no_aplica"]} == {"poai", "pa"}
    assert {instrumentos[fila] for fila in libro.index[libro != "no_aplica"]} == {"pi"}


def test_un_archivo_cambiado_despues_de_archivado_deja_de_probar(contexto: Contexto, tmp_path: Path) -> None:
    firmado = tmp_path / "acta.pdf"
    firmado.write_bytes(b"firmado")
    ficha = archivar(contexto, [5, 20], firmado, fecha=date(2025, 6, 1), registrado_en=AHORA)
    with pytest.raises(ErrorEntorno, match="no se reemplaza"):
        archivar(contexto, [5, 20], firmado, fecha=date(2025, 6, 1), registrado_en=AHORA)
    (contexto.rutas.crudos / ficha.ruta).write_bytes(b"otra cosa")
    libro = libro_de_registros(contexto, date(2025, 12, 1)).set_index(["fila", "periodo"])
    assert libro.loc[(5, "T2"), "estado"] == "falta" and libro.loc[(20, "T2"), "estado"] == "falta"


def test_no_se_archiva_lo_que_no_existe_ni_lo_futuro(contexto: Contexto, tmp_path: Path) -> None:
    vacio = tmp_path / "vacio.pdf"
    vacio.touch()
    lleno = tmp_path / "lleno.pdf"
    lleno.write_bytes(b"x")
    dia = date(2025, 6, 1)
    with pytest.raises(ErrorConfiguracion, match="no tiene la fila 34"):
        archivar(contexto, [34], lleno, fecha=dia, registrado_en=AHORA)
    with pytest.raises(ErrorConfiguracion, match="todavía no ha llegado"):
        archivar(contexto, [4], lleno, fecha=date(2025, 8, 21), registrado_en=AHORA)
    with pytest.raises(ErrorLibro, match="vacío"):
        archivar(contexto, [4], vacio, fecha=dia, registrado_en=AHORA)
    with pytest.raises(ErrorConfiguracion, match="no está en el libro de registros"):
        archivar(contexto, [4], lleno, fecha=dia, registrado_en=AHORA, consecutivo="PRO-PET-07-2025-001")
    assert not carpeta_de_registros(contexto).exists()


def test_el_consecutivo_es_el_mismo_para_el_mismo_documento(contexto: Contexto) -> None:
    primero = asignar_consecutivo(contexto, "memorando_programacion", [4, 19], periodo="T2")
    assert primero == "PRO-PET-07-2025-001"
    assert asignar_consecutivo(contexto, "acta_tareas", [5, 20], periodo="T2") == "PRO-PET-07-2025-002"
    assert asignar_consecutivo(contexto, "memorando_programacion", [4, 19], periodo="T2") == primero
    libro = libro_de_registros(contexto, date(2025, 6, 1)).set_index(["fila", "periodo"])
    assert libro.loc[(4, "T2"), ["estado", "consecutivo"]].tolist() == ["borrador", primero]


def test_un_consecutivo_danado_se_dice_con_su_remedio(contexto: Contexto) -> None:
    asignar_consecutivo(contexto, "acta", [1], periodo="T2")
    (carpeta_de_registros(contexto) / "consecutivos" / "0001.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ErrorEntorno, match=r"consecutivos/0001.json: la ficha está dañada. Recupérela"):
        asignar_consecutivo(contexto, "otra", [1], periodo="T2")


def test_una_fila_no_aplica_con_su_razon(contexto: Contexto) -> None:
    declarar_no_aplica(contexto, [10], "Al Tablero no recibe cargas", fecha=AHORA.date(), registrado_en=AHORA)
    libro = libro_de_registros(contexto, date(2025, 12, 1)).set_index(["fila", "periodo"])
    assert libro.loc[(10, "T2"), ["estado", "referencia"]].tolist() == [
        "no_aplica",
        "Al Tablero no recibe cargas",
    ]
    assert libro.loc[(10, "T1"), "estado"] == "falta"
    assert libro.loc[(2, ANUAL), "referencia"] == "Se hace una vez en el cuatrienio, en 2024."


def test_publicar_deja_constancia_una_vez_y_cierra_la_fila_con_la_primera_que_trae_actividades(
    contexto: Contexto, tmp_path: Path
) -> None:
    pagina = tmp_path / "sitio" / "plan_de_accion" / "2025" / "index.html"
    pagina.parent.mkdir(parents=True)

    def publicar(texto: str, actividades: int, dia: date) -> list[object]:
        pagina.write_text(texto, encoding="utf-8")
        constancia = preparar_constancia(
            contexto, tmp_path / "sitio", actividades=actividades, direccion="https://x.gov.co", fecha=dia
        )
        guardar_constancia(contexto, constancia)
        libro = libro_de_registros(contexto, date(2025, 3, 1)).set_index(["fila", "periodo"])
        return [constancia.numero, *libro.loc[(29, ANUAL), ["estado", "referencia", "sha256"]]]

    numero, estado, referencia, _ = publicar("solo metas", 0, date(2025, 1, 20))
    assert (numero, estado) == (1, "falta") and str(referencia).endswith("solo las metas.")
    huella = hashlib.sha256(b"con actividades").hexdigest()
    cerrada = [2, "producido", "Constancia 2: publicado el 29 de enero de 2025 en https://x.gov.co.", huella]
    assert publicar("con actividades", 12, date(2025, 1, 29)) == cerrada
    assert publicar("con actividades", 12, date(2025, 2, 15)) == cerrada  # lo mismo: no es otra publicación
    assert publicar("con avances", 12, date(2025, 2, 20)) == [3, *cerrada[1:]]  # a tiempo: cuenta la primera
    assert [p.fecha for p in leer_publicaciones(contexto)] == ["2025-01-20", "2025-01-29", "2025-02-20"]


def test_una_vigencia_con_todos_sus_registros_cierra_todas_las_filas() -> None:
    """Lo que el dato puede cerrar se cierra con su hecho, y lo que exige firma con su archivo."""
    esperados = registros_esperados(PROCEDIMIENTO, 2025, Calendario())
    estados = [
        decidir_estado(
            e,
            [replace(ARCHIVADO, fecha=e.limite) if e.fila.con_firma else HECHO],
            date(2026, 12, 31),
        )
        for e in esperados
    ]
    assert set(estados) == {"firmado", "producido"}
    assert len(estados) == 20 * 4 + 13


DEPENDENCIAS = (Dependencia(codigo="SSAL", nombre="Salud"), Dependencia(codigo="SGOB", nombre="Gobierno"))


def test_una_dependencia_sin_enlace_vigente_con_acto_se_dice(tmp_path: Path) -> None:
    (tmp_path / "enlaces.csv").write_text(
        "dependencia,cargo,desde,hasta,acto\n"
        "SSAL,Profesional,2025-01-15,,Resolución 4 de 2025\n"
        "SGOB,Técnico,2024-01-15,2025-03-31,Resolución 9 de 2024\n",
        encoding="utf-8",
    )
    enlaces = leer_enlaces(tmp_path, DEPENDENCIAS)
    assert [d.codigo for d in sin_enlace(enlaces, DEPENDENCIAS, date(2025, 3, 31))] == []
    assert [d.codigo for d in sin_enlace(enlaces, DEPENDENCIAS, date(2025, 4, 1))] == ["SGOB"]
    assert leer_enlaces(tmp_path / "otra", DEPENDENCIAS) == []


def test_un_enlace_mal_escrito_dice_su_renglon(tmp_path: Path) -> None:
    ruta = tmp_path / "enlaces.csv"
    ruta.write_text(
        "dependencia,cargo,desde,hasta,acto\nSSAL,Profesional,15/01/2025,,R. 4\n", encoding="utf-8"
    )
    with pytest.raises(ErrorConfiguracion, match=r"enlaces.csv › renglón 2: una fecha no se entiende"):
        leer_enlaces(tmp_path, DEPENDENCIAS)


def test_la_prueba_de_un_registro_nombra_la_tabla_en_espanol(monkeypatch: pytest.MonkeyPatch) -> None:
    """El libro de registros decía «Tabla indices_poai del corte 2025-T3»."""
    from types import SimpleNamespace

    from pipeline.flujo import registros_hechos

    monkeypatch.setattr(registros_hechos, "_leer", lambda contexto, nombre: pd.DataFrame({"a": [1]}))
    contexto = SimpleNamespace(corte=Corte(vigencia=2025, periodo=Periodo.T3))
    constancia = registros_hechos._tabla(contexto, "indices_poai")
    assert constancia.referencia == "Índices del POAI del corte 2025-T3: 1 fila."
