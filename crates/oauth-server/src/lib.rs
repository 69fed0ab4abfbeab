//! An OAuth 2.1 authorization server and the token check that goes with it, to be embedded.

mod challenge;
mod consent_choice;
mod credential;
mod grant;
mod metadata;
mod redirect_uri;
mod resource;
mod respond;
mod scope;
mod settings;

pub use challenge::{Challenge, Refusal};
pub use consent_choice::{ChoiceControl, ChoiceOption, ConsentChoice};
pub use credential::{Account, CredentialError, CredentialVerifier};
pub use grant::{ClientIdentity, Grant, Id};
pub use redirect_uri::RedirectPolicy;
pub use resource::ResourceEndpoint;
pub use scope::ScopeInfo;
pub use settings::{CredentialChecks, HelpLink, Lifetimes, Settings, SettingsError, Texts};
