// A client of go-oidc: nothing is told to it but issuer, client id and secret.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"log"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

type begun struct{ verifier, nonce string }

type person struct {
	Sub     string `json:"sub"`
	Acr     string `json:"acr"`
	Access  string `json:"access_token"`
	idToken string
	token   *oauth2.Token
}

var (
	lock    sync.Mutex
	waiting = map[string]begun{}
	people  = map[string]*person{}
)

func random() string {
	bytes := make([]byte, 32)
	rand.Read(bytes)
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func fail(w http.ResponseWriter, err error) {
	http.Error(w, err.Error(), http.StatusBadGateway)
}

func main() {
	ctx := context.Background()
	address := os.Getenv("ADDRESS")
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	var more struct {
		EndSession string `json:"end_session_endpoint"`
	}
	if err := provider.Claims(&more); err != nil {
		log.Fatal(err)
	}
	config := oauth2.Config{
		ClientID: os.Getenv("CLIENT_ID"), ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint: provider.Endpoint(), RedirectURL: address + "/callback",
		Scopes: []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess},
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: config.ClientID})

	here := func(r *http.Request) (string, *person) {
		cookie, err := r.Cookie("session")
		if err != nil {
			return "", nil
		}
		lock.Lock()
		defer lock.Unlock()
		return cookie.Value, people[cookie.Value]
	}

	http.HandleFunc("/{$}", func(w http.ResponseWriter, r *http.Request) { w.Write([]byte("go-oidc")) })

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		state, one := random(), begun{oauth2.GenerateVerifier(), random()}
		lock.Lock()
		waiting[state] = one
		lock.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "state-" + state, Value: "1", Path: "/", HttpOnly: true})
		options := []oauth2.AuthCodeOption{
			oauth2.S256ChallengeOption(one.verifier), oidc.Nonce(one.nonce),
			oauth2.SetAuthURLParam("prompt", "consent"),
		}
		if acr := r.URL.Query().Get("acr"); acr != "" {
			options = append(options, oauth2.SetAuthURLParam("acr_values", acr))
		}
		http.Redirect(w, r, config.AuthCodeURL(state, options...), http.StatusSeeOther)
	})

	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query()
		state := query.Get("state")
		lock.Lock()
		one, known := waiting[state]
		delete(waiting, state)
		lock.Unlock()
		if _, err := r.Cookie("state-" + state); err != nil || !known {
			http.Error(w, "a state that is not known", http.StatusBadRequest)
			return
		}
		if wrong := query.Get("error"); wrong != "" {
			http.Error(w, wrong+" "+query.Get("error_description"), http.StatusForbidden)
			return
		}
		token, err := config.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(one.verifier))
		if err != nil {
			fail(w, err)
			return
		}
		raw, _ := token.Extra("id_token").(string)
		idToken, err := verifier.Verify(ctx, raw)
		if err != nil {
			fail(w, err)
			return
		}
		if idToken.Nonce != one.nonce {
			http.Error(w, "another nonce", http.StatusBadGateway)
			return
		}
		found := &person{Access: token.AccessToken, idToken: raw, token: token}
		if err := idToken.Claims(found); err != nil {
			fail(w, err)
			return
		}
		found.Access = token.AccessToken
		session := random()
		lock.Lock()
		people[session] = found
		lock.Unlock()
		http.SetCookie(w, &http.Cookie{Name: "session", Value: session, Path: "/", HttpOnly: true})
		http.Redirect(w, r, "/me", http.StatusSeeOther)
	})

	http.HandleFunc("/me", func(w http.ResponseWriter, r *http.Request) {
		_, found := here(r)
		if found == nil {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		w.Header().Set("content-type", "application/json")
		json.NewEncoder(w).Encode(found)
	})

	http.HandleFunc("/refresh", func(w http.ResponseWriter, r *http.Request) {
		_, found := here(r)
		if found == nil {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		old := &oauth2.Token{RefreshToken: found.token.RefreshToken}
		token, err := config.TokenSource(ctx, old).Token()
		if err != nil {
			fail(w, err)
			return
		}
		lock.Lock()
		found.Access, found.token = token.AccessToken, token
		lock.Unlock()
		http.Redirect(w, r, "/me", http.StatusSeeOther)
	})

	http.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		session, found := here(r)
		if found == nil {
			http.Error(w, "{}", http.StatusUnauthorized)
			return
		}
		lock.Lock()
		delete(people, session)
		lock.Unlock()
		query := url.Values{"id_token_hint": {found.idToken}, "post_logout_redirect_uri": {address + "/"}}
		http.Redirect(w, r, more.EndSession+"?"+query.Encode(), http.StatusSeeOther)
	})

	log.Fatal(http.ListenAndServe(strings.TrimPrefix(address, "http://"), nil))
}
