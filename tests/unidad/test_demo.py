"""El ejemplo sintético: creíble, determinista y con cada falla documentada en su libro."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from pipeline.calendario import fecha_limite, habiles_de_mora
from pipeline.config import ARCHIVO, PAQUETE, Config, Rutas, cargar_config
from pipeline.demo import ResumenDemo, generar_demo
from pipeline.demo.documento import DESTINO, documento
from pipeline.demo.ejecucion import historia_del_primer_anio, niveles_iniciales, simular
from pipeline.demo.entregas import armar_entregas_del_corte, escribir_entrega
from pipeline.demo.fallas import Falla, fallas_de, leer_fallas, sembrar
from pipeline.demo.insumos import CORTES as CORTES_DEMO
from pipeline.demo.insumos import leer_metas, leer_mundo
from pipeline.demo.plan import PlanDemo, armar_plan
from pipeline.errores import ErrorEntorno
from pipeline.modelo import Corte, TipoMeta
from pipeline.plantillas import plantilla_pi
from pipeline.recepcion import leer_recepciones

CORTES = {str(corte): corte for corte in CORTES_DEMO}
DE_2025 = [nombre for nombre in CORTES if nombre.startswith("2025")]
T4 = CORTES["2025-T4"]
CADENA = ["apropiacion_definitiva_cop", "cdp_cop", "compromisos_cop", "obligaciones_cop", "pagos_cop"]
DEL_PI = [falla for falla in leer_fallas() if falla.instrumento == "pi" and falla.clase != "plan"]
CON_CORTE = [(falla, corte) for falla in DEL_PI for corte in falla.cortes]


@pytest.fixture(scope="module")
def config() -> Config:
    return cargar_config(PAQUETE.parent)


@pytest.fixture(scope="module")
def plan(config: Config) -> PlanDemo:
    return armar_plan(config)


@pytest.fixture(scope="module")
def programacion(plan: PlanDemo) -> dict[str, list[float]]:
    tabla = plan.plan_vigencias.sort_values(["codigo_meta", "vigencia"])
    return {str(c): list(g["programado_vigencia"]) for c, g in tabla.groupby("codigo_meta")}


@pytest.fixture(scope="module")
def valores(plan: PlanDemo) -> dict[str, pd.DataFrame]:
    return {nombre: simular(plan, corte).set_index("codigo_meta") for nombre, corte in CORTES.items()}


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> ResumenDemo:
    """Solo el Plan Indicativo, que es lo que aquí se mira: el POAI y el Plan de Acción doblan el tiempo."""
    raiz = tmp_path_factory.mktemp("entidad")
    _escribir_config(raiz / ARCHIVO, '["pi"]')
    return generar_demo(raiz)


def test_cada_meta_se_programa_segun_su_tipo(plan: PlanDemo, programacion: dict[str, list[float]]) -> None:
    bases = plan.plan.set_index("codigo_meta")["linea_base"]
    for meta in leer_metas():
        anios, total = programacion[meta.codigo_meta], meta.meta_cuatrienio
        activos = [valor for valor in anios if valor]
        if meta.tipo_meta is TipoMeta.ACUMULADO:
            assert sum(anios) == pytest.approx(total), meta.codigo_meta
        elif meta.tipo_meta is TipoMeta.MANTENIMIENTO:
            assert anios == [total] * 4, meta.codigo_meta
        elif meta.tipo_meta in {TipoMeta.REDUCCION, TipoMeta.REDUCCION_ANUAL}:
            assert activos == sorted(activos, reverse=True), meta.codigo_meta
            assert activos[0] < bases[meta.codigo_meta], meta.codigo_meta
            assert anios[-1] == total, meta.codigo_meta
        else:
            assert activos == sorted(activos), meta.codigo_meta
            assert anios[-1] == total, meta.codigo_meta
            if meta.tipo_meta is not TipoMeta.FLUJO:
                assert activos[0] > bases[meta.codigo_meta], meta.codigo_meta


def test_el_trimestre_cuatro_es_lo_programado_en_el_anio(plan: PlanDemo) -> None:
    anios = plan.plan_vigencias[plan.plan_vigencias["vigencia"] <= 2025]
    assert (anios["programado_t4"] == anios["programado_vigencia"]).all()


def test_en_2024_nada_que_se_acumule_se_espera_antes_de_adoptar_el_plan(plan: PlanDemo) -> None:
    anio = plan.plan_vigencias[plan.plan_vigencias["vigencia"] == 2024].merge(
        plan.plan[["codigo_meta", "tipo_meta"]]
    )
    sumables = anio[anio["tipo_meta"].isin(["acumulado", "flujo"])]
    assert (sumables[["programado_t1", "programado_t2"]] == 0).all(axis=None)
    assert sumables["programado_t3"].sum() > 0


def test_los_trimestres_no_bajan_salvo_en_las_metas_de_reduccion(plan: PlanDemo) -> None:
    anio = plan.plan_vigencias[plan.plan_vigencias["vigencia"] <= 2025].merge(
        plan.plan[["codigo_meta", "tipo_meta"]]
    )
    de_subida = anio[~anio["tipo_meta"].str.startswith("reduccion")]
    for antes, despues in (("programado_t1", "programado_t2"), ("programado_t2", "programado_t3")):
        assert (de_subida[antes] <= de_subida[despues]).all()
    assert (de_subida["programado_t3"] <= de_subida["programado_t4"]).all()


def test_los_codigos_mga_se_encadenan_y_estan_en_el_catalogo(plan: PlanDemo) -> None:
    for sector, programa, producto, indicador in plan.plan[
        ["sector", "programa", "codigo_producto", "codigo_indicador"]
    ].itertuples(index=False):
        assert (len(sector), len(programa), len(producto), len(indicador)) == (2, 4, 7, 9)
        assert (
            indicador.startswith(producto) and producto.startswith(programa) and programa.startswith(sector)
        )


@pytest.mark.reales
def test_los_indicadores_son_los_del_catalogo_oficial(datos_reales: Path) -> None:
    catalogo = pd.read_csv(
        datos_reales / "catalogos" / "catalogo_productos_mga_indicadores.csv", skiprows=1, dtype=str
    )
    unidades = dict(
        zip(
            catalogo["Código del Indicador de Producto"],
            catalogo["Unidad de medida"].str.strip(),
            strict=True,
        )
    )
    assert all(unidades[meta.codigo_indicador] == meta.unidad for meta in leer_metas())


def test_el_plan_tiene_los_siete_tipos_y_unas_330_metas(plan: PlanDemo) -> None:
    assert len(plan.plan) == 333
    assert set(plan.plan["tipo_meta"]) == {tipo.value for tipo in TipoMeta}
    assert plan.plan["codigo_meta"].is_unique
    assert plan.plan["nombre_linea"].nunique() == 5


def test_todas_las_dependencias_tienen_metas(plan: PlanDemo, config: Config) -> None:
    assert set(plan.plan["dependencia"]) == {d.codigo for d in config.dependencias}


def test_los_ponderadores_suman_uno_y_en_cada_linea_el_de_la_linea(plan: PlanDemo) -> None:
    assert plan.plan["ponderador"].sum() == pytest.approx(1, abs=1e-9)
    for _, linea in plan.plan.groupby("linea"):
        assert linea["ponderador"].sum() == pytest.approx(linea["ponderador_linea"].iloc[0], abs=1e-9)


def test_las_fuentes_suman_los_recursos_de_cada_meta_y_anio(plan: PlanDemo) -> None:
    clave = ["codigo_meta", "vigencia"]
    suma = plan.plan_fuentes.groupby(clave)["programado_cop"].sum()
    totales = plan.plan_vigencias.set_index(clave)["recursos_programados_cop"]
    assert suma.equals(totales[totales > 0].loc[suma.index].rename("programado_cop"))
    assert len(suma) == (totales > 0).sum()
    assert 4.5e12 < totales.sum() < 5.3e12


def test_un_bpin_tiene_13_digitos_con_el_municipio_y_es_de_una_sola_dependencia(plan: PlanDemo) -> None:
    duenos: dict[str, set[str]] = {}
    for bpin, dependencia in plan.plan[["bpin", "dependencia"]].itertuples(index=False):
        for codigo in bpin.split(", "):
            assert len(codigo) == 13 and codigo[4:9] == "73001" and codigo[:4] in {"2024", "2025"}
            duenos.setdefault(codigo, set()).add(dependencia)
    assert all(len(dependencias) == 1 for dependencias in duenos.values())


def test_algunas_metas_no_se_programan_en_2025_pero_son_minoria(plan: PlanDemo) -> None:
    anio = plan.plan_vigencias[plan.plan_vigencias["vigencia"] == 2025]
    assert 15 <= (anio["programado_vigencia"] == 0).sum() <= 50


def test_la_cadena_financiera_se_respeta_donde_no_hay_falla(valores: dict[str, pd.DataFrame]) -> None:
    for tabla in valores.values():
        dinero = tabla[CADENA].astype(float)
        for mayor, menor in zip(CADENA, CADENA[1:], strict=False):
            assert (dinero[mayor] >= dinero[menor]).all()


@pytest.mark.parametrize("vigencia", [2024, 2025])
def test_lo_acumulado_no_baja_entre_cortes(valores: dict[str, pd.DataFrame], vigencia: int) -> None:
    sumables = [m.codigo_meta for m in leer_metas() if m.tipo_meta in {TipoMeta.ACUMULADO, TipoMeta.FLUJO}]
    del_anio = {n: t for n, t in valores.items() if CORTES[n].vigencia == vigencia}
    fisico = pd.DataFrame({n: t["ejecutado_vigencia"].astype(float) for n, t in del_anio.items()})
    fisico = fisico.loc[fisico.index.intersection(sumables)].ffill(axis=1)
    assert (fisico.diff(axis=1).iloc[:, 1:].fillna(0) >= 0).all(axis=None)
    for campo in CADENA[1:]:
        girado = pd.DataFrame({n: t[campo].astype(float) for n, t in del_anio.items()})
        assert (girado.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)


def test_lo_que_se_sabe_de_2024_es_su_cierre_y_de_ahi_parten_las_metas_de_nivel(
    plan: PlanDemo, valores: dict[str, pd.DataFrame]
) -> None:
    assert (
        plan.plan_vigencias["ejecutado_vigencia"].isna().all()
    )  # el plan no repite lo que dicen las entregas
    cierre = valores["2024-T4"]["ejecutado_vigencia"]
    inicios = niveles_iniciales(plan, 2025)
    assert all(inicios[codigo] == valor for codigo, valor in cierre.dropna().items())
    bases = plan.plan.set_index("codigo_meta")["linea_base"]
    for meta in leer_metas():
        if meta.codigo_meta not in cierre.dropna() and pd.notna(bases[meta.codigo_meta]):
            assert inicios[meta.codigo_meta] == bases[meta.codigo_meta]


def test_las_historias_de_2024_dan_a_la_retroprueba_fallas_con_y_sin_aviso_en_t3(
    plan: PlanDemo, valores: dict[str, pd.DataFrame]
) -> None:
    """Razones de lo esperado, sobre metas grandes que se acumulan: el redondeo no cambia su historia."""
    anio = plan.plan_vigencias[plan.plan_vigencias["vigencia"] == 2024].set_index("codigo_meta")
    razones: dict[str, list[tuple[float, float]]] = {}
    for meta in leer_metas():
        programado = anio.loc[meta.codigo_meta]
        sumable = meta.tipo_meta in {TipoMeta.ACUMULADO, TipoMeta.FLUJO}
        if not sumable or programado["programado_t3"] < 20:
            continue
        t3, t4 = (
            pd.to_numeric(valores[f"2024-T{n}"].loc[meta.codigo_meta, "ejecutado_vigencia"])
            / programado[f"programado_t{n}"]
            for n in (3, 4)
        )
        if not pd.isna([t3, t4]).any():
            razones.setdefault(historia_del_primer_anio(meta), []).append((t3, t4))
    assert all(t3 < 0.5 and t4 < 0.55 for t3, t4 in razones["rezagada"])
    assert all(t3 < 0.55 and t4 > 0.85 for t3, t4 in razones["recuperada"])
    assert all(t3 > 0.9 and t4 < 0.75 for t3, t4 in razones["caida"])
    assert all(t3 > 0.75 and t4 > 0.75 for t3, t4 in razones["normal"])
    assert min(len(casos) for casos in razones.values()) >= 5


def test_el_mundo_es_creible_unas_dependencias_van_bien_y_otras_se_rezagan(
    plan: PlanDemo, valores: dict[str, pd.DataFrame]
) -> None:
    anio = plan.plan_vigencias[plan.plan_vigencias["vigencia"] == 2025].set_index("codigo_meta")
    razon = (valores["2025-T4"]["ejecutado_vigencia"].astype(float) / anio["programado_vigencia"]).clip(
        upper=1
    )
    por_dependencia = razon.groupby(plan.plan.set_index("codigo_meta")["dependencia"]).mean()
    assert 0.65 < razon.mean() < 0.92
    assert por_dependencia.min() < 0.60
    assert (por_dependencia > 0.85).sum() >= 5


def test_los_mismos_insumos_dan_los_mismos_bytes(tmp_path: Path, config: Config) -> None:
    copias = []
    for numero in (1, 2):
        carpeta = tmp_path / str(numero)
        entregas = armar_entregas_del_corte(config, armar_plan(config), T4, ("SGEN", "SHAC"))
        copias.append([escribir_entrega(carpeta, entrega, config).read_bytes() for entrega in entregas])
    assert len(copias[0]) == 6  # dos dependencias, tres instrumentos
    assert copias[0] == copias[1]


def test_deja_la_marca_el_plan_y_las_entregas_de_los_seis_cortes(demo: ResumenDemo) -> None:
    rutas = Rutas(demo.raiz)
    marca = json.loads(rutas.marca_demostracion.read_text(encoding="utf-8"))
    assert rutas.es_demostracion
    assert marca["rotulo"] == "datos sintéticos de demostración"
    assert len(list(rutas.crudos_plan.glob("*.xlsx"))) == 1
    # 25 dependencias en 6 cortes, menos 4 no entregados (D01, D02, D03, D12) y 2 corregidos (D08, D09).
    assert demo.libros == sum(len(leer_recepciones(rutas, corte, "pi")) for corte in CORTES.values()) == 148
    assert not list(demo.raiz.rglob(".demo-*"))


def test_repetir_la_orden_no_hace_nada(demo: ResumenDemo) -> None:
    antes = {ruta: ruta.stat().st_mtime_ns for ruta in demo.raiz.rglob("*")}
    otra = generar_demo(demo.raiz)
    assert otra.ya_existia
    assert (otra.metas, otra.libros, otra.fallas) == (demo.metas, demo.libros, demo.fallas)
    assert {ruta: ruta.stat().st_mtime_ns for ruta in demo.raiz.rglob("*")} == antes


def test_no_toca_una_carpeta_con_libros_de_verdad(tmp_path: Path) -> None:
    propio = tmp_path / "data" / "raw" / "2025" / "T1" / "pi" / "SPLA" / "libro.xlsx"
    propio.parent.mkdir(parents=True)
    propio.write_bytes(b"de la entidad")
    with pytest.raises(ErrorEntorno, match="no son de demostración"):
        generar_demo(tmp_path)
    assert [ruta for ruta in tmp_path.rglob("*") if ruta.is_file()] == [propio]


def test_cada_libro_de_t4_llega_salvo_el_de_la_falla_y_dos_vuelven(demo: ResumenDemo, config: Config) -> None:
    recepciones = leer_recepciones(Rutas(demo.raiz), T4, "pi")
    por_dependencia = Counter(r.dependencia for r in recepciones)
    assert {d.codigo for d in config.dependencias} - set(por_dependencia) == {"OCON"}
    assert {codigo for codigo, versiones in por_dependencia.items() if versiones == 2} == {"SAGR"}


def test_solo_son_tardias_las_entregas_de_las_fallas(demo: ResumenDemo, config: Config) -> None:
    tardias = {}
    for nombre, corte in CORTES.items():
        vence = fecha_limite(corte, config.calendario)
        for ficha in leer_recepciones(Rutas(demo.raiz), corte, "pi"):
            mora = habiles_de_mora(vence, pd.Timestamp(ficha.recibido_en).date())
            if mora:
                tardias[nombre, ficha.dependencia] = mora
    esperadas = {(f.cortes[0], f.dependencia): f.dias_de_mora for f in DEL_PI if f.clase == "tardia"}
    assert tardias == esperadas


def test_las_fallas_son_minoria() -> None:
    con_falla = {(corte, falla.dependencia) for falla, corte in CON_CORTE}
    assert len(con_falla) < 60  # de 150 libros posibles
    assert all(len(fallas_de(corte, dependencia)) <= 3 for corte, dependencia in con_falla)


@pytest.mark.parametrize(("falla", "corte"), CON_CORTE, ids=lambda x: x if isinstance(x, str) else x.id)
def test_cada_falla_esta_en_el_libro_entregado(demo: ResumenDemo, falla: Falla, corte: str) -> None:
    rutas = Rutas(demo.raiz)
    fichas = [r for r in leer_recepciones(rutas, CORTES[corte], "pi") if r.dependencia == falla.dependencia]
    if falla.clase == "no_entrega":
        assert fichas == []
        return
    libros = [_leer(rutas.crudos / ficha.ruta) for ficha in sorted(fichas, key=lambda f: f.version)]
    assert len(libros) == (2 if falla.corregida else 1)
    if falla.clase == "columna_borrada":
        borradas = {c.encabezado for c in plantilla_pi(CORTES[corte]).columnas if c.campo in falla.columnas}
        assert not borradas & set(libros[0].columns)
        assert not falla.corregida or borradas <= set(libros[1].columns)
    elif falla.clase == "fila_repetida":
        assert list(libros[0]["Código de meta"]).count(falla.metas[0]) == 2
    elif falla.clase == "fila_extra":
        assert falla.fila["codigo_meta"] == libros[0]["Código de meta"].iloc[-1]
    elif falla.clase == "celdas":
        _comprobar_celdas(libros[0], falla, CORTES[corte])


def test_las_fallas_del_plan_estan_en_su_libro(demo: ResumenDemo) -> None:
    ruta = next(Rutas(demo.raiz).crudos_plan.glob("*.xlsx"))
    hoja = pd.read_excel(
        ruta, sheet_name="Plan de desarrollo", header=4, dtype=str, engine="openpyxl"
    ).set_index("Código de meta")
    for falla in fallas_de("plan"):
        for codigo in falla.metas:
            assert hoja.loc[codigo, "Tipo de meta"] == falla.cambios[0]["valor"]


def test_el_acumulado_que_baja_es_menor_que_el_del_corte_anterior(demo: ResumenDemo) -> None:
    antes, despues = (_reportado(demo, corte, "IMDRI", "MP-099") for corte in ("2025-T2", "2025-T3"))
    assert 0 < despues < antes


def test_el_cambio_de_unidad_multiplica_por_mil(demo: ResumenDemo) -> None:
    en_metros, en_litros = (_reportado(demo, corte, "IBAL", "MP-248") for corte in ("2025-T2", "2025-T3"))
    assert 1000 < en_litros / en_metros < 3000


def test_sembrar_no_cambia_las_filas_que_recibe() -> None:
    filas = [{"codigo_meta": "MP-005", "ejecutado_vigencia": 11.0}]
    falla = next(f for f in leer_fallas() if f.id == "C07")
    assert sembrar(filas, [falla])[0]["ejecutado_vigencia"] == "5 (aprox.)"
    assert filas == [{"codigo_meta": "MP-005", "ejecutado_vigencia": 11.0}]


def test_cada_falla_es_de_una_meta_de_su_dependencia(config: Config) -> None:
    dueno = {meta.codigo_meta: meta.dependencia for meta in leer_metas()}
    for falla in leer_fallas():
        assert not set(falla.cortes) - {*CORTES, "plan"}
        if falla.clase != "plan":
            config.dependencia(falla.dependencia)
            assert {dueno[codigo] for codigo in falla.metas} <= {falla.dependencia}, falla.id
    assert len({falla.id for falla in leer_fallas()}) == len(leer_fallas())


def test_cada_dependencia_tiene_sus_supuestos(config: Config) -> None:
    assert set(leer_mundo()["dependencias"]) == {d.codigo for d in config.dependencias}


def test_el_documento_de_la_demostracion_esta_al_dia() -> None:
    assert DESTINO.read_text(encoding="utf-8") == documento(), "ejecute python -m pipeline.demo.documento"


def _escribir_config(destino: Path, instrumentos: str) -> None:
    texto = (PAQUETE.parent / ARCHIVO).read_text(encoding="utf-8")
    lineas = [linea for linea in texto.splitlines() if not linea.startswith("instrumentos")]
    lineas.insert(lineas.index("[entregas]") + 1, f"instrumentos = {instrumentos}")
    destino.write_text("\n".join(lineas), encoding="utf-8")


def _reportado(demo: ResumenDemo, corte: str, dependencia: str, meta: str) -> float:
    fichas = leer_recepciones(Rutas(demo.raiz), CORTES[corte], "pi")
    ruta = next(f.ruta for f in fichas if f.dependencia == dependencia)
    libro = _leer(Rutas(demo.raiz).crudos / ruta).set_index("Código de meta")
    return float(libro.loc[meta, "Ejecutado acumulado"])


def _leer(ruta: Path) -> pd.DataFrame:
    hoja = openpyxl.load_workbook(ruta, data_only=True, read_only=True)["Plan Indicativo"]
    filas = list(hoja.iter_rows(min_row=7, values_only=True))
    return pd.DataFrame(filas[1:], columns=list(filas[0]), dtype=object)


def _comprobar_celdas(libro: pd.DataFrame, falla: Falla, corte: Corte) -> None:
    nombres = {c.campo: c.encabezado for c in plantilla_pi(corte).columnas}
    for codigo in falla.metas:
        fila: dict[str, Any] = libro[libro["Código de meta"] == codigo].iloc[0].to_dict()
        for cambio in falla.cambios:
            escrito = fila[nombres[cambio["campo"]]]
            if "error" in cambio:
                assert escrito == cambio["error"]
            elif "valor" in cambio:
                assert escrito == cambio["valor"]
            elif "sobre" in cambio:
                assert escrito == pytest.approx(fila[nombres[cambio["sobre"]]] * cambio["factor"], abs=1)
