//! The steps of a login: the page, the form, the code, the tokens, and what must not work with each.

use oauth2::{AuthorizationCode, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RefreshToken};
use sealing::OsEntropy;
use serde_json::Value;

use super::checks::NO_ECHO;
use super::http::Http;
use super::{Approved, Connected, Login, YES};
use crate::check::{Group, Stop, Verdict};
use crate::consent::Page;
use crate::exchange::Exchange;
use crate::probe::Ask;
use crate::registration::Client;
use crate::request::{self, value};
use crate::tools;

impl Login<'_> {
    /// Opens the page as the `oauth2` crate asks for it.
    pub(super) async fn open(&self, before: Option<&Page>) -> Result<(Page, String, String), Stop> {
        let verifier = random_text();
        let state = random_text();
        let challenge =
            PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
        let (url, state) = self
            .oauth2
            .authorize_url(|| CsrfToken::new(state))
            .set_pkce_challenge(challenge)
            .add_extra_param("resource", self.resource.identifier.clone())
            .url();
        let ask = Ask::browse(&url).instead_of_url(&self.server.authorize).told("as the oauth2 crate asks");
        let ask = match before {
            Some(before) => before.in_same_browser(ask),
            None => ask,
        };
        let answer = self.doctor.prober.ask(ask).await?;
        if answer.location().is_some() {
            return Err(answer.bad_status("the page, every time: consent is never remembered"));
        }
        let page = Page::read(answer, before)?;
        self.may_have_the_key(&page)?;
        Ok((page, verifier, state.secret().clone()))
    }

    /// The key goes to the host that the user typed, and nowhere else.
    pub(super) fn may_have_the_key(&self, page: &Page) -> Verdict {
        let typed = self.doctor.target.origin();
        let target = page.action.origin().ascii_serialization();
        if target == typed {
            return Ok(());
        }
        Err(Stop::Skip(format!("the form is sent to {target}: the key goes to {typed} alone")))
    }

    /// Fills in the form and says yes. With a group, a wrong key is tried first.
    pub(super) async fn approve(
        &self,
        group: Option<&mut Group>,
        before: Option<&Page>,
    ) -> Result<Approved, Stop> {
        let (page, verifier, state) = self.open(before).await?;
        let yes = page.form.button(&YES).cloned();
        let yes = yes.ok_or_else(|| Stop::Skip("the page has no button that says yes".to_owned()))?;
        let field = page.form.blanks.first().cloned();
        let field = field.ok_or_else(|| Stop::Skip("the page has no field for a key".to_owned()))?;
        if let Some(group) = group {
            group.record(&NO_ECHO, self.wrong_key(&page, &yes, &field).await);
        }
        let answer = self.doctor.prober.ask(page.submit(&yes, &[(&field, self.key.expose())])).await?;
        let response =
            answer.location().and_then(|location| request::parameters(location, &self.client.redirect));
        let Some(parameters) = response else {
            return Err(answer.bad_status("a redirect to the client with a code"));
        };
        let Some(code) = value(&parameters, "code") else {
            return Err(answer.bad_status("a code"));
        };
        self.doctor.prober.keep_secret(code);
        Ok(Approved { page, answer, parameters, verifier, state })
    }

    pub(super) async fn wrong_key(
        &self,
        page: &Page,
        yes: &(String, String, String),
        field: &str,
    ) -> Verdict {
        let wrong = format!("wrong-key-{}", &random_text()[..20]);
        let answer = self.doctor.prober.ask(page.submit(yes, &[(field, &wrong)]).told("a wrong key")).await?;
        if answer.location().is_some() {
            return Err(answer.bad_status("the page once more"));
        }
        if answer.text().contains(&wrong) {
            return Err(answer.fault("the wrong key in the page", "an empty field"));
        }
        Page::read(answer.clone(), Some(page)).map(drop).map_err(|_| answer.bad_status("the form once more"))
    }

    pub(super) fn carries_iss(&self, approved: &Approved) -> Verdict {
        let Approved { answer, parameters, state, .. } = approved;
        answer.status_is(&[302, 303], "303")?;
        for (name, wanted) in [("iss", &self.server.issuer), ("state", state)] {
            let mut values = parameters.iter().filter(|(other, _)| other == name).map(|(_, value)| value);
            if (values.next(), values.next()) != (Some(wanted), None) {
                return Err(answer.bad_status(format!("{name} once, as it must be")));
            }
        }
        Ok(())
    }

    pub(super) fn key_is_not_in(&self, approved: &Approved) -> Verdict {
        use base64::Engine as _;
        use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
        let key = self.key.expose();
        let location = approved.answer.location().unwrap_or_default();
        let forms = [key.to_owned(), STANDARD_NO_PAD.encode(key), URL_SAFE_NO_PAD.encode(key)];
        if forms.iter().any(|form| location.contains(form)) {
            return Err(approved
                .answer
                .fault("the key in the location", "nothing that is made from the key"));
        }
        Ok(())
    }

    pub(super) fn code_form<'b>(&'b self, approved: &'b Approved) -> Vec<(&'b str, &'b str)> {
        vec![
            ("grant_type", "authorization_code"),
            ("code", value(&approved.parameters, "code").unwrap_or_default()),
            ("redirect_uri", &self.client.redirect),
            ("client_id", &self.client.id),
            ("code_verifier", &approved.verifier),
        ]
    }

    pub(super) async fn redeem_with(
        &self,
        approved: &Approved,
        changed: &[(&str, &str)],
        told: &str,
    ) -> Result<Exchange, Stop> {
        let mut fields = self.code_form(approved);
        for (name, value) in changed {
            fields.retain(|(other, _)| other != name);
            if !value.is_empty() {
                fields.push((name, value));
            }
        }
        self.doctor.prober.ask(Ask::form(&self.server.token, &fields).told(told.to_owned())).await
    }

    pub(super) async fn wrong_verifier(&self, approved: &Approved) -> Verdict {
        for (verifier, told) in
            [(random_text(), "another code_verifier"), ("short".to_owned(), "a short code_verifier")]
        {
            let answer = self.redeem_with(approved, &[("code_verifier", &verifier)], told).await?;
            answer.is_oauth_error(&[400], &["invalid_grant"])?;
        }
        let answer = self.redeem_with(approved, &[("code_verifier", "")], "no code_verifier").await?;
        answer.is_oauth_error(&[400], &["invalid_grant", "invalid_request"])
    }

    pub(super) async fn bound(&self, approved: &Approved, other: Option<&Client>) -> Verdict {
        let foreign = [("redirect_uri", "https://evil.example/callback")];
        let answer = self.redeem_with(approved, &foreign, "another redirect_uri").await?;
        answer.is_oauth_error(&[400], &["invalid_grant"])?;
        if let Some(other) = other {
            let answer = self.redeem_with(approved, &[("client_id", &other.id)], "another client_id").await?;
            answer.is_oauth_error(&[400], &["invalid_grant"])?;
        }
        Ok(())
    }

    /// Redeems the code with the `oauth2` crate.
    pub(super) async fn exchange(&self, approved: &Approved) -> Result<Connected, Stop> {
        let http = Http::new(&self.doctor.prober);
        let code = value(&approved.parameters, "code").unwrap_or_default().to_owned();
        let answer = self
            .oauth2
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(approved.verifier.clone()))
            .add_extra_param("resource", self.resource.identifier.clone())
            .request_async(&http)
            .await;
        self.connected(&http, answer.err())
    }

    /// Refreshes with the `oauth2` crate.
    pub(super) async fn refresh(&self, token: &str) -> Result<Connected, Stop> {
        let http = Http::new(&self.doctor.prober);
        let token = RefreshToken::new(token.to_owned());
        let answer = self
            .oauth2
            .exchange_refresh_token(&token)
            .add_extra_param("resource", self.resource.identifier.clone())
            .request_async(&http)
            .await;
        self.connected(&http, answer.err())
    }

    /// The connection in the crate's last answer. Tokens that the crate cannot read must be given back, too.
    pub(super) fn connected<E: std::error::Error>(
        &self,
        http: &Http<'_>,
        error: Option<E>,
    ) -> Result<Connected, Stop> {
        let flaw = error.map(|error| http.fault(&error));
        let exchange = http.last()?;
        let document = serde_json::from_slice(&exchange.body).unwrap_or(Value::Null);
        let token = |name: &str| document[name].as_str().map(str::to_owned);
        let (Some(access), true) = (token("access_token"), exchange.status.is_success()) else {
            return Err(flaw.unwrap_or_else(|| exchange.bad_status("tokens")));
        };
        let refresh = token("refresh_token");
        for token in [Some(&access), refresh.as_ref()].into_iter().flatten() {
            self.doctor.prober.keep_secret(token);
        }
        Ok(Connected { exchange, access, refresh, flaw })
    }

    pub(super) async fn refresh_form(
        &self,
        token: &str,
        client: &str,
        resource: Option<&str>,
    ) -> Result<Exchange, Stop> {
        let mut fields =
            vec![("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", client)];
        fields.extend(resource.map(|resource| ("resource", resource)));
        let told = if resource.is_some() { "a foreign resource" } else { "another client_id" };
        self.doctor.prober.ask(Ask::form(&self.server.token, &fields).told(told)).await
    }

    pub(super) async fn works(&self, connected: &Connected) -> Verdict {
        tools::with_token(self.doctor, &connected.access, "a refreshed token").await?.status_is(&[200], "200")
    }

    pub(super) async fn is_dead(&self, token: &str, told: &str) -> Verdict {
        tools::with_token(self.doctor, token, told).await?.status_is(&[401], "401")
    }

    pub(super) async fn other_kinds(&self, approved: &Approved, connected: &Connected) -> Verdict {
        let code = value(&approved.parameters, "code").unwrap_or_default();
        let refresh = connected.refresh.as_deref().unwrap_or("none");
        for (token, told) in [
            (refresh, "the refresh token as a bearer"),
            (code, "the code as a bearer"),
            (self.client.id.as_str(), "the client id as a bearer"),
            (self.key.expose(), "the key itself as a bearer"),
        ] {
            self.is_dead(token, told).await?;
        }
        Ok(())
    }

    /// Gives the newest tokens back; then none of the connection's may work.
    pub(super) async fn revoke(&self, first: &Connected, newest: Option<&Connected>) -> Verdict {
        let last = newest.unwrap_or(first);
        let Some(revoke) = &self.server.revoke else {
            return Err(Stop::Skip("the server has no revocation endpoint".to_owned()));
        };
        let token = last.refresh.as_deref().unwrap_or(&last.access);
        let fields = [("token", token), ("client_id", &*self.client.id)];
        let answer = self.doctor.prober.ask(Ask::form(revoke, &fields).told("the refresh token")).await?;
        answer.status_is(&[200], "200")?;
        for token in [&first.access, &last.access] {
            self.is_dead(token, "an access token of a revoked connection").await?;
        }
        Ok(())
    }

    pub(super) async fn replay(&self, approved: &Approved, connected: &Connected) -> Verdict {
        let answer = self.redeem_with(approved, &[], "the code for the second time").await?;
        answer.is_oauth_error(&[400], &["invalid_grant"])?;
        self.is_dead(&connected.access, "the access token, after its code was used twice").await
    }

    /// The page of a finished login, asked without a key: nothing may be left in it to approve with.
    pub(super) async fn form_is_spent(&self, approved: &Approved) -> Verdict {
        let yes = approved.page.form.button(&YES).cloned();
        let yes = yes.ok_or_else(|| Stop::Skip("the page has no button that says yes".to_owned()))?;
        let answer = self.doctor.prober.ask(approved.page.submit(&yes, &[]).told("no key")).await?;
        if answer.location().is_some_and(|location| location.contains("code=")) {
            return Err(answer.bad_status("the form once more"));
        }
        Ok(())
    }
}

/// 43 characters that nobody can guess.
fn random_text() -> String {
    use base64::Engine as _;
    let bytes: [u8; 32] = sealing::entropy::random(&OsEntropy);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
