"""The picture from the client's phone: a plain form, so that it works without script."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from starlette.datastructures import UploadFile

from device_gateway.errors import PhotoError
from device_gateway.photo.shrink import LONGEST_UPLOAD
from device_gateway.web.guard import same_origin, token_matches
from device_gateway.web.page import Page

_FORM_OVERHEAD = 20_000


def add_photo(app: FastAPI, page: Page) -> None:
    """`POST /photo`: fields `token`, `run` and the file `photo`."""

    @app.post("/photo")
    async def photo(request: Request) -> Response:
        if int(request.headers.get("content-length") or LONGEST_UPLOAD * 2) > LONGEST_UPLOAD + _FORM_OVERHEAD:
            return RedirectResponse("/?photo=refused", 303)
        async with request.form(max_files=1, max_fields=4) as form:
            if not same_origin(request.headers) or not token_matches(str(form.get("token", "")), page.token):
                return JSONResponse({"error": "not_from_this_page"}, 403)
            given = form.get("photo")
            picture = await given.read() if isinstance(given, UploadFile) else b""
            run_id = str(form.get("run", ""))
        try:
            await page.gateway.take_photo(picture, run_id)
        except PhotoError:
            return RedirectResponse("/?photo=refused", 303)
        return RedirectResponse("/", 303)
