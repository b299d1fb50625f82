"""A client of Authlib and Flask: nothing is told to it but issuer, client id and secret."""

import os

from authlib.integrations.flask_client import OAuth
from flask import Flask, jsonify, redirect, request, session

issuer = os.environ["ISSUER"]
address = os.environ["ADDRESS"]

app = Flask(__name__)
app.secret_key = os.urandom(32)
oauth = OAuth(app)
oauth.register(
    name="login",
    server_metadata_url=f"{issuer}/.well-known/openid-configuration",
    client_id=os.environ["CLIENT_ID"],
    client_secret=os.environ["CLIENT_SECRET"],
    client_kwargs={
        "scope": "openid profile offline_access",
        "code_challenge_method": "S256",
    },
)
kept = {}


@app.get("/")
def home():
    return "Authlib"


@app.get("/login")
def login():
    asked = {"prompt": "consent"}
    if "acr" in request.args:
        asked["acr_values"] = request.args["acr"]
    return oauth.login.authorize_redirect(f"{address}/callback", **asked)


@app.get("/callback")
def callback():
    token = oauth.login.authorize_access_token()
    session["sub"] = token["userinfo"]["sub"]
    kept[session["sub"]] = token
    return redirect("/me")


@app.get("/me")
def me():
    token = kept.get(session.get("sub"))
    if token is None:
        return jsonify({}), 401
    claims = token["userinfo"]
    return jsonify(
        sub=claims["sub"], acr=claims["acr"], access_token=token["access_token"]
    )


@app.get("/refresh")
def refresh():
    before = kept[session["sub"]]
    token = oauth.login.fetch_access_token(
        grant_type="refresh_token", refresh_token=before["refresh_token"]
    )
    kept[session["sub"]] = {**before, **token}
    return redirect("/me")


@app.get("/logout")
def logout():
    token = kept.pop(session.pop("sub"))
    metadata = oauth.login.load_server_metadata()
    query = {
        "id_token_hint": token["id_token"],
        "post_logout_redirect_uri": f"{address}/",
    }
    from urllib.parse import urlencode

    return redirect(f"{metadata['end_session_endpoint']}?{urlencode(query)}")


app.run(host="127.0.0.1", port=int(address.rsplit(":", 1)[1]))
