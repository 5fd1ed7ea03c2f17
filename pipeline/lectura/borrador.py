"""Redactar el borrador de un formato para un libro desconocido, con la mejor suposición de cada columna."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.archivos import leer_yml
from pipeline.config import PAQUETE
from pipeline.esquemas import esquema
from pipeline.formato_es import sin_tildes
from pipeline.formatos import (
    cargar_formato,
    clave,
    letra_de_columna,
    limpiar_texto,
    nombres_de_formatos,
)
from pipeline.formatos.definicion import LLAVES, clase_de_campo
from pipeline.formatos.definicion import campos_de_tabla as campos_de
from pipeline.lectura.apertura import abrir
from pipeline.lectura.contenido import Contenido, mirar
from pipeline.lectura.crudo import HojaCruda, LibroIlegibleError
from pipeline.lectura.encabezado import rotulos_de

PISTAS = PAQUETE / "recursos" / "pistas_formato.yml"
FILAS_DE_BUSQUEDA = 30
LARGO_DE_UN_ROTULO = (
    300  # más adelante no hay pistas, y las que llevan «.*» tardarían el cuadrado de su largo
)
_ANO = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
_TRIMESTRE = re.compile(
    r"\bt ?([1-4])\b|\btrim\w* (iv|i{1,3}|[1-4])\b|\b(primer|segundo|tercer|cuarto)\w* trim"
)
_NUMERO_DE_TRIMESTRE = {
    "i": 1, "ii": 2, "iii": 3, "iv": 4, "primer": 1, "segundo": 2, "tercer": 3, "cuarto": 4,
}  # fmt: skip
_POR_VIGENCIA = frozenset({"estado_programacion", "observacion", "evidencia"})
_INDICIOS_DE_REPORTE = (
    {"ejecutado_t1", "ejecutado_t2"},
    {"ejecutado_vigencia", "estado_programacion"},
    {"ejecutado_vigencia", "compromisos_cop"},
    {"ejecutado_vigencia", "observacion"},
)
LARGO_DE_UN_ROTULO_PROPIO = 4  # «Id», «No» o «Meta» son de cualquiera: no delatan un campo
_ANCHOS = {"programa": 4, "codigo_producto": 7, "codigo_indicador": 9}
_MAXIMO_DE_RAZON = 1.5  # una razón puede pasar de 1; un porcentaje escrito de 0 a 100 la pasa de lejos


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnaSupuesta:
    """Una columna del libro, lo que tiene y el campo que se supone (vacío si ninguno)."""

    letra: str
    rotulo: str
    contenido: Contenido | None
    valores: list[object] = field(repr=False)
    ocurrencia: int = 1
    campo: str = ""
    ano: int = 0

    @property
    def alias(self) -> str:
        """El rótulo, con el marcador en el lugar del año."""
        return self.rotulo.replace(str(self.ano), "{vigencia}", 1) if self.ano else self.rotulo


def redactar_borrador(ruta: Path, nombre: str, *, vigencias: Sequence[int]) -> str:
    """YAML de un formato llamado `nombre` para el libro, válido y listo para que una persona lo termine.

    Lo que hay que revisar va en comentarios. Levanta LibroIlegibleError si el libro no se puede abrir
    o ninguna de sus hojas tiene un encabezado que se pueda suponer.
    """
    libro = abrir(ruta)
    hojas = {n: libro.leer(n) for n, es_visible in libro.hojas.items() if es_visible}
    tamanos = {n: len(h.filas) * len(h.filas[0]) if h.filas else 0 for n, h in hojas.items()}
    hoja = max(tamanos, key=lambda n: tamanos[n], default="")
    columnas = _columnas(hojas[hoja], _fila_de_encabezado(hojas[hoja])) if hoja and tamanos[hoja] else []
    if len(columnas) < 2:
        raise LibroIlegibleError(
            "LEC-06", hoja=hoja or None, n=FILAS_DE_BUSQUEDA, formato=nombre, ejemplos="rótulos de texto"
        )
    tabla, supuestas = _suponer_tabla(columnas, vigencias)
    filas_de_encabezado = _filas_de_encabezado(hojas[hoja], _fila_de_encabezado(hojas[hoja]))
    return _escribir(
        nombre, tabla, "*" if libro.es_texto else hoja, filas_de_encabezado, supuestas, vigencias, ruta.name
    )


def _fila_de_encabezado(hoja: HojaCruda) -> int:
    """Posición de la primera fila casi toda de textos y casi tan ancha como la más ancha."""
    primeras = hoja.filas[:FILAS_DE_BUSQUEDA]
    anchos = [sum(v != "" for v in fila) for fila in primeras]
    for posicion, fila in enumerate(primeras):
        textos = {v for v in fila if isinstance(v, str) and limpiar_texto(v) and not _es_cifra(v)}
        if anchos[posicion] >= 0.6 * max(anchos) and len(textos) >= 0.7 * anchos[posicion]:
            return posicion
    return anchos.index(max(anchos, default=0)) if anchos else 0


def _es_cifra(valor: str) -> bool:
    return not any(c.isalpha() for c in valor)


def _filas_de_encabezado(hoja: HojaCruda, posicion: int) -> int:
    """2 si los rótulos se repiten y una fila de arriba los distingue, o al revés; si no, 1."""
    for arriba in (posicion - 1, posicion):
        if arriba < 0 or arriba + 1 >= len(hoja.filas):
            continue
        de_arriba, de_abajo = (_textos(hoja.filas[n]) for n in (arriba, arriba + 1))
        if 2 <= len(de_arriba) < len(de_abajo) and len(set(de_abajo)) < len(de_abajo):
            return 2
    return 1


def _textos(fila: Sequence[object]) -> list[str]:
    return [t for v in fila if isinstance(v, str) and (t := limpiar_texto(v))]


def _columnas(hoja: HojaCruda, posicion: int) -> list[ColumnaSupuesta]:
    dos = _filas_de_encabezado(hoja, posicion) == 2
    es_la_de_abajo = dos and len(set(_textos(hoja.filas[posicion]))) < len(_textos(hoja.filas[posicion]))
    rotulos = rotulos_de(hoja, posicion - 1 if es_la_de_abajo else posicion, 2 if dos else 1)
    datos = hoja.filas[rotulos.fila :]
    vistos: dict[str, int] = {}
    columnas = []
    for n, (rotulo, clave_) in enumerate(zip(rotulos.escritos, rotulos.claves, strict=True)):
        if not clave_:
            continue
        vistos[clave_] = vistos.get(clave_, 0) + 1
        valores = [fila[n] for fila in datos]
        columnas.append(
            ColumnaSupuesta(
                letra=letra_de_columna(n),
                rotulo=rotulo,
                contenido=mirar(valores),
                valores=[v for v in valores if v != ""],
                ocurrencia=vistos[clave_],
            )
        )
    return columnas


def _suponer_tabla(
    columnas: Sequence[ColumnaSupuesta], vigencias: Sequence[int]
) -> tuple[str, list[ColumnaSupuesta]]:
    """La tabla a la que más columnas aportan y la suposición de cada una."""
    # Los movimientos son otra hoja del libro del POAI, no un libro: no se proponen.
    por_tabla = {t: _suponer(columnas, t, vigencias) for t in LLAVES if t != "movimientos"}
    tabla = max(por_tabla, key=lambda t: _puntaje(t, por_tabla[t]))
    return tabla, _asegurar_llave(por_tabla[tabla], LLAVES[tabla])


def _puntaje(tabla: str, supuestas: Sequence[ColumnaSupuesta]) -> float:
    campos = {c.campo for c in supuestas if c.campo}
    comunes = {"codigo_meta", "bpin", "responsable", "dependencia", "codigo_producto", "unidad"}
    anos = len({c.ano for c in supuestas if c.campo == "programado_vigencia" and c.ano})
    es_de_plan = 2.0 if tabla == "plan" and anos > 1 and "ejecutado_vigencia" not in campos else 0.0
    es_reporte = tabla == "registros_pi" and any(indicios <= campos for indicios in _INDICIOS_DE_REPORTE)
    llave = 1.5 if LLAVES[tabla] in campos else 0.0
    return len(campos - comunes) + 0.1 * len(campos & comunes) + llave + es_de_plan + 5.0 * es_reporte


def _suponer(
    columnas: Sequence[ColumnaSupuesta], tabla: str, vigencias: Sequence[int]
) -> list[ColumnaSupuesta]:
    tomados: set[tuple[str, int]] = set()
    conocidos = _conocidos(tabla, tuple(vigencias))
    supuestas = []
    for columna in columnas:
        ano = next((int(a) for a in _ANO.findall(columna.rotulo) if int(a) in vigencias), 0)
        conocido = conocidos.get((clave(columna.rotulo), columna.ocurrencia))
        posibles = [*([conocido] if conocido else []), *_campos_posibles(columna, tabla)]
        campo = next((c for c in posibles if (c, _ano_de(c, tabla, ano)) not in tomados), "")
        ano = _ano_de(campo, tabla, ano) if campo else 0
        tomados.add((campo, ano))
        supuestas.append(replace(columna, campo=campo, ano=ano))
    return supuestas


@cache
def _conocidos(tabla: str, vigencias: tuple[int, ...]) -> dict[tuple[str, int], str]:
    """Encabezados de los formatos del paquete para la tabla: (clave, ocurrencia) → campo."""
    formatos = (cargar_formato(nombre) for nombre in nombres_de_formatos())
    return {
        (clave(alias.replace("{vigencia}", str(vigencia))), columna.ocurrencia): columna.campo
        for formato in formatos
        if formato.tabla == tabla
        for columna in formato.columnas
        if columna.letra is None and not columna.fuentes and columna.extraer is None
        for alias in columna.alias
        if len(clave(alias)) > LARGO_DE_UN_ROTULO_PROPIO
        for vigencia in vigencias
    }


def _ano_de(campo: str, tabla: str, ano: int) -> int:
    return ano if _depende_de_vigencia(campo, tabla) else 0


def _campos_posibles(columna: ColumnaSupuesta, tabla: str) -> list[str]:
    texto = _normalizar(columna.rotulo)[:LARGO_DE_UN_ROTULO]
    sin_ano = " ".join(_ANO.sub(" ", texto).split())
    trimestre = _trimestre(texto)
    admitidos = set(campos_de(tabla))
    cifras = columna.contenido.cifras if columna.contenido else 0
    return [
        campo
        for pista in _pistas()
        if tabla in pista.get("tablas", (tabla,)) and pista.get("trimestre", False) == bool(trimestre)
        if pista.get("cifras", cifras) == cifras and re.search(pista.get("patron", ""), sin_ano)
        if not re.search(pista.get("excluye", r"(?!)"), texto)
        and (not pista.get("ano") or _ANO.search(texto))
        if (campo := pista["campo"].replace("{n}", str(trimestre))) in admitidos
        if _cabe(columna, tabla, campo)
    ]


def _cabe(columna: ColumnaSupuesta, tabla: str, campo: str) -> bool:
    """Si lo que hay en la columna puede ser de la clase del campo."""
    hay = columna.contenido.que if columna.contenido else ""
    clase = clase_de_campo(tabla, campo)
    if clase in {"numero", "razon", "dinero"}:
        return hay not in {"textos", "fechas"}
    if campo.startswith("nombre_") or clase == "dependencia":
        return hay not in {"numeros", "dinero", "fechas"}
    return True


def _trimestre(texto: str) -> int:
    hallado = _TRIMESTRE.search(texto)
    if not hallado:
        return 0
    dicho = next(g for g in hallado.groups() if g)
    return _NUMERO_DE_TRIMESTRE.get(dicho) or int(dicho)


def _depende_de_vigencia(campo: str, tabla: str) -> bool:
    if tabla == "plan":
        return campo in esquema("plan_vigencias").nombres and campo != "codigo_meta"
    return campo in _POR_VIGENCIA or clase_de_campo(tabla, campo) in {"numero", "razon", "dinero"}


def _asegurar_llave(supuestas: list[ColumnaSupuesta], llave: str) -> list[ColumnaSupuesta]:
    """Si ninguna columna parece la llave, la que más valores distintos tiene entre las que quedan libres."""
    if llave in {c.campo for c in supuestas}:
        return supuestas
    libres = [n for n, c in enumerate(supuestas) if not c.campo and c.valores] or [0]
    elegida = max(libres, key=lambda n: len({str(v) for v in supuestas[n].valores}))
    return [replace(c, campo=llave, ano=0) if n == elegida else c for n, c in enumerate(supuestas)]


def _normalizar(texto: str) -> str:
    return " ".join(re.findall(r"[a-z0-9%]+", sin_tildes(texto)))


@cache
def _pistas() -> list[dict[str, Any]]:
    pistas: list[dict[str, Any]] = leer_yml(PISTAS.read_text(encoding="utf-8"))
    return pistas


def _escribir(
    nombre: str,
    tabla: str,
    hoja: str,
    filas_de_encabezado: int,
    supuestas: Sequence[ColumnaSupuesta],
    vigencias: Sequence[int],
    archivo: str,
) -> str:
    lineas = [
        f"# Borrador redactado para «{limpiar_texto(archivo)}». Revise cada columna y borre los comentarios.",
        f"# Cómo se escribe un formato: docs/formatos.md. Campos de {tabla}: docs/diccionario.md.",
        f"nombre: {_citar(nombre)}",
        f"tabla: {tabla}   # plan, registros_pi, registros_pa, registros_poai o movimientos",
        f"descripcion: {_citar(f'Borrador para {archivo}; diga aquí de quién es el libro y cómo se llena.')}",
        f"hoja: {_citar(hoja)}",
        *(["encabezado: {filas: 2}"] if filas_de_encabezado == 2 else []),
        "columnas:",
    ]
    lineas += dict.fromkeys(_linea(c, tabla, supuestas, vigencias) for c in supuestas if c.campo)
    libres = [c for c in supuestas if not c.campo]
    if libres:
        lineas.append("columnas_sin_uso:   # nada las lee; mueva arriba las que sean un dato del seguimiento")
        lineas += [f"  - {_citar(c.rotulo.replace('*', '?'))}{_que_hay(c)}" for c in libres]
    return "\n".join(lineas) + "\n"


def _linea(
    c: ColumnaSupuesta, tabla: str, supuestas: Sequence[ColumnaSupuesta], vigencias: Sequence[int]
) -> str:
    iguales = [o for o in supuestas if o.campo == c.campo and o.ano]
    es_de_cada_ano = (
        bool(c.ano) and len({o.alias for o in iguales}) == 1 and (len(iguales) > 1 or tabla != "plan")
    )
    primera = iguales[0] if es_de_cada_ano else c
    partes = [f"campo: {c.campo}", f"alias: [{_citar(c.alias if es_de_cada_ano else c.rotulo)}]"]
    if c.ocurrencia > 1:
        partes.append(f"ocurrencia: {c.ocurrencia}")
    if es_de_cada_ano:
        partes.append("vigencia: cada_una")
    elif c.ano:
        partes.append(f"vigencia: {c.ano}")
    elif _depende_de_vigencia(c.campo, tabla):
        partes.append("vigencia: del_corte" if tabla != "plan" else f"vigencia: {min(vigencias)}")
    if c.campo == LLAVES[tabla]:
        partes.append("requerida: true")
    if c.contenido and c.contenido.cifras and c.contenido.cifras == _ANCHOS.get(c.campo):
        partes.append(f"ancho: {c.contenido.cifras}")
    if _es_porcentaje(c, tabla):
        partes.append("escala: 0.01")
    return "  - {" + ", ".join(partes) + "}" + _que_hay(primera)


def _que_hay(c: ColumnaSupuesta) -> str:
    """Comentario con la columna y lo que tiene, sin nada que rompa el YAML."""
    return f"   # {c.letra}: {_imprimible(str(c.contenido or 'sin un contenido que predomine'))}"


def _es_porcentaje(c: ColumnaSupuesta, tabla: str) -> bool:
    cifras = [v for v in c.valores if isinstance(v, float)]
    return clase_de_campo(tabla, c.campo) == "razon" and bool(cifras) and max(cifras) > _MAXIMO_DE_RAZON


def _imprimible(texto: str) -> str:
    return "".join(c if c.isprintable() else " " for c in limpiar_texto(texto))


def _citar(texto: str) -> str:
    """El texto como cadena de YAML entre comillas dobles, en un renglón."""
    return '"' + _imprimible(texto).replace("\\", "\\\\").replace('"', '\\"') + '"'
