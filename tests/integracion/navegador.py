"""Chromium de Debian manejado por su protocolo de depuración (una tubería; sin bibliotecas ni puertos)."""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

OPCIONES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # lo remoto se anota y no sale de la máquina
    "--remote-debugging-pipe",
)
EVENTOS_DE_CONSOLA = {"Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"}
ESPERA = 60.0
AXE = Path(__file__).parents[2] / "herramientas" / "axe" / "node_modules" / "axe-core" / "axe.min.js"
NORMA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
ANCHO_DE_TELEFONO = 360
# Lo repetido se recorta: una tabla de 300 renglones no dice más que una de 4, y se tarda por elemento.
RECORTAR = """(() => {
  document.querySelectorAll('tbody tr:nth-child(n+5), .bloque-traza:nth-of-type(n+3), figure~figure~figure,'
    + 'li:nth-child(n+7), p a:nth-of-type(n+5)').forEach(e => e.remove());
  document.querySelectorAll('details').forEach((d, i) => { if (i < 3) { d.open = true; } });
})()"""
PASAR_AXE = """axe.run(document, {runOnly: NORMA, resultTypes: ['violations']}).then(
  r => r.violations.map(v => v.id + ': ' + v.nodes[0].html.slice(0, 120)))""".replace(
    "NORMA", json.dumps(NORMA)
)
# Lo que se debe poder alcanzar con el teclado, en el orden en que se lee; cada uno queda con su número.
ALCANZABLES = """(() => {
  const interactivos = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  const vistos = [...document.querySelectorAll(interactivos)]
    .filter(e => !e.disabled && e.checkVisibility({visibilityProperty: true}));
  vistos.forEach((e, i) => { e.dataset.turno = i; });
  const cajas = [...document.querySelectorAll('body *')].filter(e => e.checkVisibility()
    && /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1);
  const nombrar = e => e.outerHTML.slice(0, 90);
  return {cuantos: vistos.length, nombres: vistos.map(nombrar),
          sin_foco: cajas.filter(e => e.tabIndex < 0).map(nombrar)};
})()"""
ENFOCADO = """(() => {
  const e = document.activeElement, estilo = getComputedStyle(e), caja = e.getBoundingClientRect();
  return {
    turno: e.dataset.turno === undefined ? null : Number(e.dataset.turno),
    que: e.outerHTML.slice(0, 90),
    a_la_vista: estilo.outlineStyle !== 'none' && parseFloat(estilo.outlineWidth) >= 2,
    en_pantalla: caja.right > 0 && caja.bottom > 0 && caja.left < innerWidth && caja.top < innerHeight};
})()"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visita:
    """Lo que pasó al abrir una página: consola, direcciones pedidas y lo que evaluó la prueba."""

    consola: list[str]
    peticiones: list[str]
    valor: Any
    angosto: Any  # la misma expresión, con el ancho de un teléfono
    faltas: list[str]  # de uso, si se pidieron


class Navegador:
    """Un Chromium sin ventana que vive mientras dura el `with`."""

    def __init__(self, ejecutable: str, perfil: Path) -> None:
        lee_el, self._escribe = os.pipe()
        self._lee, escribe_el = os.pipe()
        lee_el, escribe_el = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 20) for fd in (lee_el, escribe_el))

        def conectar() -> None:
            os.dup2(lee_el, 3)
            os.dup2(escribe_el, 4)

        self._proceso = subprocess.Popen(
            [ejecutable, *OPCIONES, f"--user-data-dir={perfil}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            close_fds=False,
            preexec_fn=conectar,
        )
        os.close(lee_el)
        os.close(escribe_el)
        self._pendiente = b""
        self._numero = 0
        self._sesion = ""
        self._eventos: list[dict[str, Any]] = []

    def __enter__(self) -> Navegador:
        return self

    def __exit__(self, *_: object) -> None:
        self._proceso.terminate()
        try:
            self._proceso.wait(10)
        except subprocess.TimeoutExpired:
            self._proceso.kill()
            self._proceso.wait()
        os.close(self._escribe)
        os.close(self._lee)

    def visitar(
        self,
        pagina: Path,
        expresion: str = "document.title",
        ancho: int = 1280,
        ancla: str = "",
        guion: str = "",
        *,
        en_telefono: bool = False,
        con_uso: bool = False,
    ) -> Visita:
        """Abre la página desde el disco, en su `ancla` si se da, y evalúa la expresión al terminar.

        `guion` se corre antes, dentro de la página; si la expresión es una promesa se espera su valor. Con
        `en_telefono` se evalúa otra vez después de angostar la ventana; con `con_uso`, allí se busca además
        lo que estorba a quien usa un lector de pantalla (axe-core, si está) o solo el teclado.
        """
        with self._abrir(pagina, ancho, ancla) as sesion:
            if guion:
                self._evaluar(sesion, guion)
            valor = self._evaluar(sesion, expresion)
            angosto = None
            if en_telefono or con_uso:
                self._ajustar(sesion, ANCHO_DE_TELEFONO)
                angosto = self._evaluar(sesion, expresion)
            eventos = [e for e in self._eventos if e.get("sessionId") == sesion]
            faltas = self._faltas_de_uso(sesion) if con_uso else []
        return Visita(
            consola=[json.dumps(e["params"]) for e in eventos if e["method"] in EVENTOS_DE_CONSOLA],
            peticiones=[
                e["params"]["request"]["url"] for e in eventos if e["method"] == "Network.requestWillBeSent"
            ],
            valor=valor,
            angosto=angosto,
            faltas=faltas,
        )

    def _faltas_de_uso(self, sesion: str) -> list[str]:
        self._evaluar(sesion, RECORTAR)
        faltas: list[str] = []
        if AXE.is_file():
            self._evaluar(sesion, AXE.read_text(encoding="utf-8"))
            faltas = self._evaluar(sesion, PASAR_AXE)
        return faltas + self._faltas_del_teclado(sesion)

    def _faltas_del_teclado(self, sesion: str) -> list[str]:
        """Se oprime Tab de principio a fin: todo recibe el foco, en su orden, y se ve que lo tiene."""
        esperado = self._evaluar(sesion, ALCANZABLES)
        faltas = [f"se desplaza y no recibe el foco: {que}" for que in esperado["sin_foco"]]
        recorridos = []
        for _ in range(esperado["cuantos"]):
            for clase in ("rawKeyDown", "keyUp"):
                tecla = {"type": clase, "key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
                self._pedir("Input.dispatchKeyEvent", sesion, **tecla)
            foco = self._evaluar(sesion, ENFOCADO)
            recorridos.append(foco["turno"])
            if not foco["a_la_vista"]:
                faltas.append(f"no se ve que tiene el foco: {foco['que']}")
            if not foco["en_pantalla"]:
                faltas.append(f"recibe el foco fuera de la pantalla: {foco['que']}")
        sin_alcanzar = sorted(set(range(esperado["cuantos"])) - set(recorridos))
        faltas += [f"el teclado no llega a {esperado['nombres'][n]}" for n in sin_alcanzar]
        if not sin_alcanzar and recorridos != sorted(recorridos):
            faltas.append("el orden del teclado no es el de lectura")
        return faltas

    @contextmanager
    def _abrir(self, pagina: Path, ancho: int, ancla: str = "") -> Iterator[str]:
        """La sesión de la pestaña con la página cargada; al salir queda en blanco, para la siguiente.

        Siempre es la misma pestaña: abrir una por página cuesta un proceso de Chromium cada vez.
        """
        sesion = self._sesion or self._abrir_pestana()
        self._ajustar(sesion, ancho)
        self._eventos.clear()
        self._ir(sesion, pagina.resolve().as_uri() + (f"#{ancla}" if ancla else ""))
        try:
            yield sesion
        finally:
            self._ir(sesion, "about:blank")

    def _abrir_pestana(self) -> str:
        destino = self._pedir("Target.createTarget", url="about:blank")["targetId"]
        self._sesion = str(self._pedir("Target.attachToTarget", targetId=destino, flatten=True)["sessionId"])
        for dominio in ("Page", "Runtime", "Log", "Network"):
            self._pedir(f"{dominio}.enable", self._sesion)
        return self._sesion

    def _ir(self, sesion: str, direccion: str) -> None:
        """Lleva la pestaña a la dirección y espera a que cargue."""
        self._pedir("Page.navigate", sesion, url=direccion)
        self._esperar(lambda m: m.get("method") == "Page.loadEventFired" and m.get("sessionId") == sesion)

    def _ajustar(self, sesion: str, ancho: int) -> None:
        medidas = {"width": ancho, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        self._pedir("Emulation.setDeviceMetricsOverride", sesion, **medidas)

    def _evaluar(self, sesion: str, expresion: str) -> Any:
        pedido = {"expression": expresion, "returnByValue": True, "awaitPromise": True}
        return self._pedir("Runtime.evaluate", sesion, **pedido)["result"].get("value")

    def _pedir(self, metodo: str, sesion: str = "", **parametros: Any) -> dict[str, Any]:
        self._numero += 1
        numero = self._numero
        mensaje: dict[str, Any] = {"id": numero, "method": metodo, "params": parametros}
        if sesion:
            mensaje["sessionId"] = sesion
        os.write(self._escribe, json.dumps(mensaje).encode() + b"\0")
        respuesta = self._esperar(lambda m: m.get("id") == numero)
        if "error" in respuesta:
            raise RuntimeError(f"{metodo}: {respuesta['error']}")
        resultado: dict[str, Any] = respuesta["result"]
        return resultado

    def _esperar(self, es: Any) -> dict[str, Any]:
        """El primer mensaje que cumple `es`; los eventos que llegan entretanto quedan anotados."""
        limite = time.monotonic() + ESPERA
        while True:
            mensaje = self._recibir(limite)
            if "method" in mensaje:
                self._eventos.append(mensaje)
            if es(mensaje):
                return mensaje

    def _recibir(self, limite: float) -> dict[str, Any]:
        while b"\0" not in self._pendiente:
            listos, _, _ = select.select([self._lee], [], [], max(0.0, limite - time.monotonic()))
            trozo = os.read(self._lee, 1 << 20) if listos else b""
            if not trozo:
                raise RuntimeError("Chromium no respondió a tiempo o se cerró")
            self._pendiente += trozo
        crudo, self._pendiente = self._pendiente.split(b"\0", 1)
        mensaje: dict[str, Any] = json.loads(crudo)
        return mensaje
