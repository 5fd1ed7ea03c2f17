"""POAI y Plan de Acción del ejemplo: cuadran al peso con el Plan Indicativo, salvo las fallas sembradas."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline import lectura, limpieza
from pipeline.config import ARCHIVO, PAQUETE, Config, Rutas, cargar_config
from pipeline.demo import generacion
from pipeline.demo.acciones import CASILLAS, accionar
from pipeline.demo.ejecucion import avances, simular
from pipeline.demo.entregas import (
    Entrega,
    armar_entregas_del_corte,
    escribir_entrega,
)
from pipeline.demo.fallas import Falla, leer_fallas
from pipeline.demo.insumos import CORTES, VIGENCIA, leer_mundo
from pipeline.demo.plan import PlanDemo, armar_plan
from pipeline.demo.presupuesto import COLUMNA_DE_CLASE, LLAVE, presupuestar, repartir
from pipeline.formatos import cargar_formato
from pipeline.manifiesto import huella_archivo
from pipeline.recepcion import leer_recepciones

DE_LA_VIGENCIA = [corte for corte in CORTES if corte.vigencia == VIGENCIA]
T3 = DE_LA_VIGENCIA[2]
ETAPAS = ["apropiacion_definitiva_cop", "cdp_cop", "compromisos_cop", "obligaciones_cop", "pagos_cop"]
EN_EL_LIBRO = [
    (falla, corte) for falla in leer_fallas() if falla.instrumento != "pi" for corte in falla.cortes
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mundo:
    """Lo limpio de los cuatro cortes: Plan Indicativo, rubros, movimientos y actividades."""

    pi: dict[str, pd.DataFrame]
    rubros: dict[str, pd.DataFrame]
    movimientos: dict[str, pd.DataFrame]
    actividades: dict[str, pd.DataFrame]


@pytest.fixture(scope="module")
def config() -> Config:
    return cargar_config(PAQUETE.parent)


@pytest.fixture(scope="module")
def plan(config: Config) -> PlanDemo:
    return armar_plan(config)


@pytest.fixture(scope="module")
def mundo(plan: PlanDemo) -> Mundo:
    valores = {corte: simular(plan, corte) for corte in DE_LA_VIGENCIA}
    presupuestos = {c: presupuestar(plan, valores, c) for c in DE_LA_VIGENCIA}
    acciones = {c: accionar(plan, presupuestos[c], avances(plan, c), c) for c in DE_LA_VIGENCIA}
    return Mundo(
        pi={str(c): tabla.set_index("codigo_meta") for c, tabla in valores.items()},
        rubros={
            str(c): pd.DataFrame([fila for p in propios.values() for fila in p.filas])
            for c, propios in presupuestos.items()
        },
        movimientos={
            str(c): pd.DataFrame(
                [m for p in propios.values() for m in p.movimientos],
                columns=[*LLAVE, "clase", "valor_cop", "acto"],
            )
            for c, propios in presupuestos.items()
        },
        actividades={
            str(c): pd.DataFrame(
                [fila | {"dependencia": d} for d, filas in propias.items() for fila in filas]
            )
            for c, propias in acciones.items()
        },
    )


@pytest.fixture(scope="module")
def entregas(config: Config, plan: PlanDemo) -> dict[str, list[Entrega]]:
    seguidos = ("poai", "pa")
    return {str(c): armar_entregas_del_corte(config, plan, c, instrumentos=seguidos) for c in DE_LA_VIGENCIA}


@pytest.mark.parametrize("mezcla", list(leer_mundo()["fuentes_por_sector"]))
def test_el_reparto_no_pierde_un_peso_ni_le_quita_a_nadie_cuando_el_total_crece(mezcla: str) -> None:
    pesos = [round(100 * parte) for parte in leer_mundo()["fuentes_por_sector"][mezcla].values()]
    repartos = [repartir(1000.0 * miles, pesos) for miles in range(250)]
    assert [sum(partes) for partes in repartos] == [1000.0 * miles for miles in range(250)]
    for antes, despues in pairwise(repartos):
        assert all(a <= b for a, b in zip(antes, despues, strict=True))
    assert repartos[200] == [2000.0 * peso for peso in pesos]  # dos veces cien unidades: proporción exacta


def test_las_fuentes_suman_lo_que_el_plan_indicativo_reporta_por_meta(mundo: Mundo) -> None:
    for corte, rubros in mundo.rubros.items():
        sumas = rubros.groupby("codigo_meta")[["apropiacion_inicial_cop", *ETAPAS]].sum()
        reportado = mundo.pi[corte][sumas.columns].astype("float64")
        assert sumas.reindex(reportado.index).fillna(0.0).equals(reportado), corte


def test_la_definitiva_es_la_inicial_con_sus_movimientos_y_el_gasto_va_en_orden(mundo: Mundo) -> None:
    for corte, rubros in mundo.rubros.items():
        assert not rubros.duplicated(list(LLAVE)).any()
        suma = rubros["apropiacion_inicial_cop"] + rubros["adiciones_cop"] + rubros["creditos_cop"]
        assert (suma - rubros["reducciones_cop"] - rubros["contracreditos_cop"] == rubros[ETAPAS[0]]).all()
        for mayor, menor in pairwise(ETAPAS):
            assert (rubros[mayor] >= rubros[menor]).all(), (corte, menor)
        por_clase = mundo.movimientos[corte].groupby([*LLAVE, "clase"])["valor_cop"].sum()
        for clase, columna in COLUMNA_DE_CLASE.items():
            del_rubro = rubros.set_index(list(LLAVE))[columna]
            movido = por_clase[por_clase.index.get_level_values("clase") == clase].droplevel("clase")
            assert (movido.reindex(del_rubro.index).astype("float64").fillna(0.0) == del_rubro).all(), clase


def test_todo_movimiento_cita_su_acto_y_lo_que_unos_ceden_otros_lo_reciben(mundo: Mundo) -> None:
    assert mundo.movimientos["2025-T1"].empty
    movimientos = mundo.movimientos["2025-T4"]
    assert movimientos["acto"].str.contains("2025").all() and (movimientos["valor_cop"] > 0).all()
    traslados = movimientos[movimientos["clase"].isin(["credito", "contracredito"])]
    signos = traslados["clase"].map({"credito": 1, "contracredito": -1})
    neto = (traslados["valor_cop"] * signos).groupby([traslados["acto"], traslados["codigo_fuente"]]).sum()
    assert len(neto) > 3 and (neto == 0).all()


def test_ningun_rubro_aparece_desaparece_ni_baja_entre_cortes(mundo: Mundo) -> None:
    tablas = [rubros.set_index(list(LLAVE)).sort_index() for rubros in mundo.rubros.values()]
    for antes, despues in pairwise(tablas):
        assert antes.index.equals(despues.index)
        assert (antes[ETAPAS[1:]] <= despues[ETAPAS[1:]]).all(axis=None)
        assert antes["apropiacion_inicial_cop"].equals(despues["apropiacion_inicial_cop"])


def test_todo_proyecto_del_plan_esta_en_el_poai_con_su_duenio(mundo: Mundo, plan: PlanDemo) -> None:
    programadas = plan.plan[plan.plan["codigo_meta"].isin(mundo.pi["2025-T3"].index)]
    del_plan = {bpin for texto in programadas["bpin"] for bpin in texto.split(", ")}
    assert set(mundo.rubros["2025-T3"]["bpin"]) == del_plan == set(mundo.actividades["2025-T3"]["bpin"])


def test_cada_meta_programada_tiene_actividades_y_cada_proyecto_al_menos_dos_que_pesan_uno(
    mundo: Mundo,
) -> None:
    for corte, actividades in mundo.actividades.items():
        assert set(actividades["codigo_meta"]) == set(mundo.pi[corte].index)
        assert actividades["codigo_actividad"].is_unique
        por_proyecto = actividades.groupby("bpin")
        assert por_proyecto.size().min() >= 2
        assert (por_proyecto["ponderacion_actividad"].sum().round(9) == 1).all()


def test_las_actividades_cuestan_lo_del_poai_fuente_por_fuente(mundo: Mundo) -> None:
    casilla = {fuente: datos["casilla"] for fuente, datos in leer_mundo()["fuentes"].items()}
    for corte, actividades in mundo.actividades.items():
        rubros = mundo.rubros[corte].assign(casilla=mundo.rubros[corte]["nombre_fuente"].map(casilla))
        for prefijo, campo in (("programado", ETAPAS[0]), ("ejecutado", "obligaciones_cop")):
            del_poai = rubros.pivot_table(index="bpin", columns="casilla", values=campo, aggfunc="sum")
            columnas = [f"{prefijo}_{nombre}_cop" for nombre in CASILLAS]
            costos = actividades.groupby("bpin")[columnas].sum()
            for nombre, columna in zip(CASILLAS, columnas, strict=True):
                esperado = del_poai.get(nombre, pd.Series(0.0, index=del_poai.index)).fillna(0.0)
                assert (costos[columna] == esperado.reindex(costos.index)).all(), (corte, columna)
            assert (actividades[columnas].sum(axis=1) == actividades[f"costo_{prefijo}_cop"]).all()


def test_lo_ejecutado_de_una_actividad_no_baja_ni_pasa_de_lo_programado(mundo: Mundo) -> None:
    series = []
    for actividades in mundo.actividades.values():
        acumulado = [actividades[f"programado_actividad_t{n}"] for n in range(1, 5)]
        assert all((a <= b).all() for a, b in pairwise(acumulado))
        assert acumulado[-1].equals(actividades["programado_actividad"].rename("programado_actividad_t4"))
        reportadas = actividades.dropna(subset="ejecutado_actividad").set_index("codigo_actividad")
        de_nivel = reportadas["programado_actividad_t1"] == reportadas["programado_actividad"]
        assert (reportadas["ejecutado_actividad"] <= reportadas["programado_actividad"]).all()
        fisico = reportadas["ejecutado_actividad"] / reportadas["programado_actividad"]
        assert (fisico - reportadas["indice_fisico_declarado"]).abs().max() <= 0.00005
        series.append(reportadas.loc[~de_nivel, "ejecutado_actividad"])
    assert (pd.concat(series, axis=1).ffill(axis=1).diff(axis=1).fillna(0) >= 0).all(axis=None)


def test_las_fechas_son_de_la_vigencia_y_lo_ejecutado_no_pasa_del_corte(mundo: Mundo) -> None:
    for corte in DE_LA_VIGENCIA:
        actividades = mundo.actividades[str(corte)]
        assert (actividades["fecha_inicio"] < actividades["fecha_fin"]).all()
        for campo in ("fecha_inicio", "fecha_fin", "fecha_inicio_ejecutada", "fecha_fin_ejecutada"):
            fechas = actividades[campo].dropna().astype("str")  # en T1 ninguna ha terminado
            assert fechas.between("2025-01-01", "2025-12-31").all()
            assert "ejecutada" not in campo or (fechas <= corte.fecha.isoformat()).all()
        terminadas = actividades.dropna(subset="fecha_fin_ejecutada").astype("str")
        assert (terminadas["fecha_inicio_ejecutada"] <= terminadas["fecha_fin_ejecutada"]).all()


def test_el_avance_de_las_actividades_acompana_al_de_su_meta(mundo: Mundo, plan: PlanDemo) -> None:
    """Donde el Plan Indicativo da por cumplida una meta que se suma, sus actividades no están en el suelo."""
    anio = plan.plan_vigencias[plan.plan_vigencias["vigencia"] == VIGENCIA].set_index("codigo_meta")
    tipos = plan.plan.set_index("codigo_meta")["tipo_meta"]
    actividades = mundo.actividades["2025-T4"].dropna(subset="indice_fisico_declarado")
    avance = actividades.groupby("codigo_meta")["indice_fisico_declarado"].mean()
    ejecutado = mundo.pi["2025-T4"]["ejecutado_vigencia"].astype("float64")
    cumplidas = ejecutado[(ejecutado >= anio["programado_vigencia"].reindex(ejecutado.index))].index
    sumables = [c for c in cumplidas if tipos[c] in {"acumulado", "flujo"} and c in avance.index]
    assert len(sumables) > 15
    assert avance[sumables].min() > 0.6


@pytest.mark.parametrize(("falla", "corte"), EN_EL_LIBRO, ids=lambda x: x if isinstance(x, str) else x.id)
def test_cada_falla_cambia_su_libro_y_solo_lo_que_dice(
    config: Config, mundo: Mundo, entregas: dict[str, list[Entrega]], falla: Falla, corte: str
) -> None:
    recibidas = [
        e for e in entregas[corte] if (e.instrumento, e.dependencia) == (falla.instrumento, falla.dependencia)
    ]
    if falla.clase == "no_entrega":
        assert recibidas == []
        return
    assert len(recibidas) == (2 if falla.corregida else 1)
    libro = recibidas[0]
    if falla.clase == "columna_borrada":
        assert set(falla.columnas) <= set(libro.omitir)
    elif falla.clase == "tardia":
        plazo = recibidas[0].recibido_en.date() - recibidas[0].corte.fecha
        assert plazo.days > config.calendario.dias_habiles_de_plazo
    elif falla.clase == "fila_extra":
        assert libro.filas[-1] == falla.fila
    elif falla.clase == "fila_quitada":
        assert not [fila for fila in libro.filas if _le_toca(fila, falla)]
        assert [f for f in _limpias(mundo, falla, corte) if _le_toca(f, falla)]
    else:
        filas = libro.movimientos if falla.clase == "movimientos" else libro.filas
        puestos = {c["campo"]: c["valor"] for c in falla.cambios if "valor" in c}
        cambiadas = [f for f in filas if all(f.get(c) == v for c, v in puestos.items())]
        assert cambiadas
        assert len(filas) >= len([f for f in filas if _le_toca(f, falla)])
        assert _limpias(mundo, falla, corte) != [dict(f) for f in filas]


def test_hay_fallas_de_diez_clases_de_quiebre_entre_instrumentos_en_t3() -> None:
    quiebres = {r for f in leer_fallas() if "2025-T3" in f.cortes for r in f.reglas if r.startswith("CON")}
    assert len(quiebres) == 17


def test_los_libros_se_leen_con_su_formato_y_dan_lo_que_se_escribio(
    config: Config, entregas: dict[str, list[Entrega]], tmp_path: Path
) -> None:
    leidos = 0
    for entrega in (e for e in entregas["2025-T3"] if e.dependencia == "SGEN"):
        ruta = escribir_entrega(tmp_path, entrega, config)
        otra = escribir_entrega(tmp_path / "otra", entrega, config)
        assert huella_archivo(ruta) == huella_archivo(otra)
        campos = (
            ["codigo_meta", "bpin", "codigo_fuente", *ETAPAS]
            if entrega.instrumento == "poai"
            else ["codigo_actividad", "bpin", "ejecutado_actividad", "costo_programado_cop", "fecha_fin"]
        )
        tabla = _leer(config, ruta, entrega)[campos].reset_index(drop=True)
        escrito = pd.DataFrame(entrega.filas)[campos].astype(dict(tabla.dtypes))
        pd.testing.assert_frame_equal(tabla, escrito)
        leidos += len(tabla)
    assert leidos > 20


def test_los_instrumentos_son_los_de_la_configuracion_y_en_2024_solo_el_plan_indicativo(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texto = (PAQUETE.parent / ARCHIVO).read_text(encoding="utf-8")
    lineas = [linea for linea in texto.splitlines() if not linea.startswith("instrumentos")]
    lineas.insert(lineas.index("[entregas]") + 1, 'instrumentos = ["pi", "poai", "pa"]')
    (tmp_path / ARCHIVO).write_text("\n".join(lineas), encoding="utf-8")
    config = cargar_config(tmp_path)
    plan = armar_plan(config)
    assert {e.instrumento for e in armar_entregas_del_corte(config, plan, CORTES[0])} == {"pi"}
    monkeypatch.setattr(generacion, "CORTES", (T3,))
    resumen = generacion.generar_demo(tmp_path)
    recibidos = {i: leer_recepciones(Rutas(tmp_path), T3, i) for i in ("pi", "poai", "pa")}
    # De 25 dependencias, al PI le falta SETP y SDEC entregó dos veces; al POAI le falta OCON y al PA, OCOM.
    assert {i: len(fichas) for i, fichas in recibidos.items()} == {"pi": 25, "poai": 24, "pa": 24}
    assert resumen.libros == 73 and resumen.fallas == len(leer_fallas())
    assert {ficha.formato for ficha in recibidos["poai"]} == {"poai_propio"}


def _leer(config: Config, ruta: Path, entrega: Entrega) -> pd.DataFrame:
    formato = cargar_formato(config.entregas.formato(entrega.instrumento))
    leido = lectura.leer_libro(
        ruta,
        formato,
        archivo=ruta.name,
        sha256=huella_archivo(ruta),
        vigencias=config.entidad.vigencias,
        corte=entrega.corte,
    )
    limpio = limpieza.limpiar(leido, formato, config.dependencias)
    assert not limpio.hallazgos
    return limpieza.armar_registros(formato.tabla, limpio, entrega.dependencia)


def _limpias(mundo: Mundo, falla: Falla, corte: str) -> list[dict[str, Any]]:
    if falla.clase == "movimientos":
        return [{str(k): v for k, v in m.items()} for m in mundo.movimientos[corte].to_dict("records")]
    tablas = mundo.rubros if falla.instrumento == "poai" else mundo.actividades
    return [{str(k): v for k, v in fila.items()} for fila in tablas[corte].to_dict("records")]


def _le_toca(fila: dict[str, Any], falla: Falla) -> bool:
    de_su_meta = not falla.metas or fila["codigo_meta"] in falla.metas
    return de_su_meta and all(fila.get(c) == v for c, v in falla.donde.items())
