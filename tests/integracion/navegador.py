"""Chromium de Debian manejado por su protocolo de depuración (una tubería; sin bibliotecas ni puertos)."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import subprocess
import time
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Visita:
    """Lo que pasó al abrir una página: consola, direcciones pedidas y lo que evaluó la prueba."""

    consola: list[str]
    peticiones: list[str]
    valor: Any
    imagen: bytes


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
    ) -> Visita:
        """Abre la página desde el disco, en su `ancla` si se da, y evalúa la expresión al terminar.

        `guion` se corre antes, dentro de la página; si la expresión es una promesa se espera su valor.
        """
        destino = self._pedir("Target.createTarget", url="about:blank")["targetId"]
        sesion = self._pedir("Target.attachToTarget", targetId=destino, flatten=True)["sessionId"]
        self._eventos.clear()
        for dominio in ("Page", "Runtime", "Log", "Network"):
            self._pedir(f"{dominio}.enable", sesion)
        self._pedir(
            "Emulation.setDeviceMetricsOverride",
            sesion,
            width=ancho,
            height=900,
            deviceScaleFactor=1,
            mobile=False,
        )
        self._pedir("Page.navigate", sesion, url=pagina.resolve().as_uri() + (f"#{ancla}" if ancla else ""))
        self._esperar(lambda m: m.get("method") == "Page.loadEventFired" and m.get("sessionId") == sesion)
        if guion:
            self._pedir("Runtime.evaluate", sesion, expression=guion)
        evaluada = {"expression": expresion, "returnByValue": True, "awaitPromise": True}
        resultado = self._pedir("Runtime.evaluate", sesion, **evaluada)["result"]
        imagen = self._pedir("Page.captureScreenshot", sesion, format="png")["data"]
        eventos = [e for e in self._eventos if e.get("sessionId") == sesion]
        self._pedir("Target.closeTarget", targetId=destino)
        return Visita(
            consola=[json.dumps(e["params"]) for e in eventos if e["method"] in EVENTOS_DE_CONSOLA],
            peticiones=[
                e["params"]["request"]["url"] for e in eventos if e["method"] == "Network.requestWillBeSent"
            ],
            valor=resultado.get("value"),
            imagen=base64.b64decode(imagen),
        )

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
