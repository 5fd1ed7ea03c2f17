"""La agenda: ventanas de cada corte y el calendario exportado; los festivos se contaron a mano."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from pipeline import flujo
from pipeline.calendario import escribir_ics, fechas_del_corte
from pipeline.config import Calendario
from pipeline.flujo.agenda import agenda, en_ics
from pipeline.modelo import Corte, Periodo

PROYECTO = Path(__file__).resolve().parents[2]


@pytest.fixture
def base(tmp_path: Path) -> flujo.Contexto:
    texto = (PROYECTO / "seguimiento.toml").read_text(encoding="utf-8")
    cortos = texto.replace("[calendario]", '[calendario]\ncortes = ["T2", "T4"]')
    (tmp_path / "seguimiento.toml").write_text(cortos, encoding="utf-8")
    return flujo.abrir(2025, "T2", tmp_path)


def test_las_ventanas_del_primer_trimestre_de_2025_saltan_la_semana_santa() -> None:
    # Diez hábiles desde el 31 de marzo: 14 de abril. Jueves y Viernes Santo (17 y 18) no cuentan: cinco más
    # dan el 23. El 1 de mayo tampoco: diez más dan el 8.
    calendario = Calendario(
        dias_habiles_de_plazo=10, dias_habiles_de_gracia=5, dias_habiles_de_verificacion=10
    )
    fechas = fechas_del_corte(Corte(vigencia=2025, periodo=Periodo.T1), calendario)
    assert (fechas.cierre, fechas.vence) == (date(2025, 3, 31), date(2025, 4, 14))
    assert (fechas.gracia, fechas.verificacion) == (date(2025, 4, 23), date(2025, 5, 8))
    assert fechas.momento(date(2025, 3, 31)) == "sin empezar"
    assert fechas.momento(date(2025, 4, 23)) == "en gracia"
    assert fechas.momento(date(2025, 5, 9)) == "vencido"


def test_la_agenda_trae_solo_los_cortes_que_sigue_la_entidad(base: flujo.Contexto) -> None:
    citas = agenda(base, date(2025, 1, 1), 2025)
    assert [str(c.corte) for c in citas] == ["2025-T2", "2025-T4"]
    assert {c.informe for c in citas} == {"sin entregas"}
    assert not any(c.pendiente for c in citas)
    assert len(agenda(base, date(2025, 1, 1))) == 8  # dos por vigencia del cuatrienio


def test_el_calendario_exportado_cumple_la_norma_y_siempre_es_el_mismo(base: flujo.Contexto) -> None:
    ics = en_ics(base, agenda(base, date(2025, 1, 1), 2025))
    assert ics == en_ics(base, agenda(base, date(2026, 3, 1), 2025))
    renglones = ics.split("\r\n")
    assert renglones[0] == "BEGIN:VCALENDAR"
    assert renglones[-2:] == ["END:VCALENDAR", ""]
    assert "\n" not in ics.replace("\r\n", "")
    assert max(len(r.encode()) for r in renglones) <= 75
    assert ics.count("BEGIN:VEVENT") == 8  # cuatro fechas por cada uno de los dos cortes
    assert len({r for r in renglones if r.startswith("UID:")}) == 8
    assert "DTSTART;VALUE=DATE:20250714" in renglones  # vence el T2: diez hábiles desde el 30 de junio


def test_una_dependencia_a_la_que_le_falta_un_libro_no_cuenta_entre_las_que_entregaron(
    base: flujo.Contexto,
) -> None:
    # De los tres libros del corte, Educación entregó los tres y Salud solo el Plan Indicativo.
    for instrumento, codigo in (("pi", "SEDU"), ("poai", "SEDU"), ("pa", "SEDU"), ("pi", "SSAL")):
        carpeta = base.rutas.crudos_corte(base.corte, instrumento) / codigo
        carpeta.mkdir(parents=True)
        ficha = {"archivo": "x.xlsx", "ruta": "x.xlsx", "sha256": "1", "bytes": 1, "formato": "pi_propio"}
        ficha |= {"recibido_en": "2025-07-02T08:00:00-05:00", "dependencia": codigo}
        (carpeta / "x.json").write_text(json.dumps(ficha), encoding="utf-8")
    cita = agenda(base, date(2025, 7, 3), 2025)[0]
    assert (cita.entregaron, cita.esperadas) == (1, 25)
    assert "entregaron todo 1 de 25 (PI 2, POAI 1, PA 1)" in str(cita)
    assert cita.como_datos()["por_instrumento"] == {"pi": 2, "poai": 1, "pa": 1}


def test_un_renglon_de_75_octetos_no_se_parte_y_uno_de_76_si() -> None:
    assert escribir_ics(["a" * 75]) == "a" * 75 + "\r\n"
    assert escribir_ics(["a" * 76]) == "a" * 75 + "\r\n a\r\n"
    assert escribir_ics(["a" * 74 + "ñ"]) == "a" * 74 + "\r\n ñ\r\n"  # la eñe son dos octetos
