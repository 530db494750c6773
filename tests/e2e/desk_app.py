"""The frame of desk_frame.py with the real API and its middleware, to be served by uvicorn."""

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

import api.app
from api.door import Door
from api.security import Headers, Identity

app = st.App(
    "tests/e2e/desk_frame.py",
    routes=[Mount("/api", app=api.app.create())],
    middleware=[Middleware(Headers), Middleware(Door), Middleware(Identity)],
)
