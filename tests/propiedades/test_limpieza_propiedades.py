"""Propiedades de la limpieza: lo escrito se lee igual y nada se pierde."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.formatos import ColumnaLeida, HojaLeida, LibroLeido, cargar_formato, limpiar_texto
from pipeline.limpieza import armar_registros, limpiar
from pipeline.limpieza.numeros import limpiar_numeros
from pipeline.limpieza.textos import limpiar_textos

PI = cargar_formato("pi_propio")
# Los mismos casos siempre y sin límite por caso: la máquina de integración puede estar ocupada.
REPETIBLE = settings(deadline=None, derandomize=True)
CIFRAS = st.decimals(min_value=-(10**12), max_value=10**12, places=3, allow_nan=False, allow_infinity=False)
TEXTOS = st.one_of(
    st.text(max_size=30),
    st.text(alphabet="0123456789.,-$% NP\xa0", max_size=14),
    st.sampled_from(["#DIV/0!", "NP", "s. d.", " -   ", "1.234", "12,5 %", "5 (aprox.)", "$ 44.194.000,00"]),
)
CRUDOS = st.one_of(
    st.just(""), TEXTOS, st.floats(allow_nan=False, allow_infinity=False, width=32), st.booleans(), st.dates()
)


def en_colombia(cifra: Decimal) -> str:
    """Escribe con punto de miles y coma decimal, sin usar el código que se prueba."""
    entero, _, decimales = f"{abs(cifra):f}".partition(".")
    grupos: list[str] = []
    while entero:
        entero, grupo = entero[:-3], entero[-3:]
        grupos.insert(0, grupo)
    decimales = decimales.rstrip("0")
    return ("-" if cifra < 0 else "") + ".".join(grupos) + ("," + decimales if decimales else "")


@REPETIBLE
@given(st.lists(CIFRAS, max_size=20))
def test_un_numero_escrito_como_en_colombia_se_lee_igual(cifras: list[Decimal]) -> None:
    testigo = "0,5"  # aclara la notación de la columna: sin ella «1.234» es una pregunta
    limpia = limpiar_numeros([testigo, *(en_colombia(c) for c in cifras)])
    assert limpia.valores == [0.5, *(float(c) for c in cifras)]


@REPETIBLE
@given(CIFRAS)
def test_un_numero_en_otra_notacion_o_se_lee_bien_o_no_se_lee(cifra: Decimal) -> None:
    """Solo, sin columna que lo aclare: nunca sale una cifra distinta de la escrita."""
    for texto in (en_colombia(cifra), f"{cifra:,f}"):
        assert limpiar_numeros([texto]).valores[0] in (None, float(cifra))


@REPETIBLE
@given(st.lists(CRUDOS, max_size=25), st.sampled_from(["numero", "dinero", "razon"]))
def test_toda_celda_con_datos_se_lee_o_dice_que_paso(valores: list[object], clase: str) -> None:
    limpia = limpiar_numeros(valores, clase=clase, fichas_faltante={"sd"}, fichas_no_programado={"np"})
    avisadas = {a.indice for a in limpia.avisos}
    assert len(limpia.valores) == len(limpia.transformaciones) == len(valores)
    for indice, (crudo, leido) in enumerate(zip(valores, limpia.valores, strict=True)):
        if crudo == "":
            assert leido is None
        else:
            assert leido is not None or limpia.transformaciones[indice] is not None or indice in avisadas


@REPETIBLE
@given(st.lists(CRUDOS, max_size=25))
def test_un_texto_limpio_no_cambia_si_se_limpia_otra_vez(valores: list[object]) -> None:
    for leido in limpiar_textos(valores).valores:
        assert leido is None or limpiar_texto(str(leido)) == leido


def _libro(filas: list[list[object]]) -> LibroLeido:
    columnas = tuple(
        ColumnaLeida(
            definicion=definicion,
            letra=chr(65 + posicion),
            encabezado=definicion.alias[0],
            valores=[fila[posicion] for fila in filas],
            vigencia=2025 if definicion.vigencia else 0,
        )
        for posicion, definicion in enumerate(PI.columnas)
    )
    hoja = HojaLeida(nombre="Plan Indicativo", filas=tuple(range(8, 8 + len(filas))), columnas=columnas)
    return LibroLeido(archivo="x.xlsx", sha256="a" * 64, es_legible=True, hojas=(hoja,))


@REPETIBLE
@given(st.lists(st.lists(CRUDOS, min_size=len(PI.columnas), max_size=len(PI.columnas)), max_size=6))
def test_filas_que_entran_son_filas_que_salen_y_cada_celda_esta_en_la_traza(
    filas: list[list[object]],
) -> None:
    limpio = limpiar(_libro(filas), PI, ())
    registros = armar_registros("registros_pi", limpio, "SSAL")
    assert registros["fila"].tolist() == list(range(8, 8 + len(filas)))
    assert len(limpio.celdas) == len(filas) * len(PI.columnas)
    escritas = sum(valor != "" for fila in filas for valor in fila)
    assert limpio.celdas["valor_crudo"].notna().sum() == escritas
    avisadas = {h.celda for h in limpio.hallazgos}
    calladas = limpio.celdas.query(
        "valor_crudo.notna() and valor_numero.isna() and valor_texto.isna() and transformacion.isna()"
    )
    assert set(calladas["celda"]) <= avisadas


def test_una_fecha_en_una_columna_de_texto_se_conserva_como_fecha() -> None:
    assert limpiar_textos([date(2025, 3, 1)]).valores == ["2025-03-01"]
