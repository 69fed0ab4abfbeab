//! Logins and nothing else: each user's tokens are printed, for a load that is made by another program.
//!
//! All of them use one client, as the users of a host with a metadata document do: a server lets few clients register in a
//! second, and thousands are wanted here.

use std::sync::Arc;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::connection::Connection;
use crate::user::address;
use crate::{AT_ONCE, Failure, Line, World, login, print};

/// Logs so many users in, each with a workspace and an address of their own.
pub(crate) async fn run(world: &Arc<World>, users: usize) -> Result<(), Failure> {
    let client = login::register(world, &mut Connection::new(world.server), &address(0)).await?;
    let logins = stream::iter(0..users).map(|number| {
        let client = client.clone();
        async move {
            let mut connection = Connection::new(world.server);
            let login = login::login_with(world, &mut connection, client, number, &address(number)).await;
            login.map(|tokens| (number, tokens)).map_err(|failure| format!("user {number}: {failure}").into())
        }
    });
    logins
        .buffered(AT_ONCE)
        .try_for_each(|(workspace, tokens)| async move {
            print(&Line::Login {
                workspace,
                client_id: tokens.client_id,
                access_token: tokens.access,
                refresh_token: tokens.refresh,
            })
        })
        .await
}
