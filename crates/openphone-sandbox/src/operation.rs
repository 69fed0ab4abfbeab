//! The operations that the sandbox serves, as one table: name, method, path, error-code domain, handler.
//!
//! To add one: write its handler in the resource's file under `api/`, and a line here. Everything else
//! (routing, the request counts, the faults' scopes) reads this table. Ids are the vendor's `operationId`s.

use http::Method;

use crate::api::{Handler, organization, phone_numbers, users};

macro_rules! operations {
    ($($variant:ident $method:ident $path:literal $id:literal $domain:literal $handler:path;)*) => {
        /// An operation of the simulated API; its documentation is its method and path.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Operation {
            $(#[doc = concat!("`", stringify!($method), " ", $path, "`")] $variant,)*
        }

        impl Operation {
            /// Every operation that the sandbox serves.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The vendor's `operationId`, such as `sendMessage_v1`.
            #[must_use]
            pub const fn id(self) -> &'static str {
                match self { $(Self::$variant => $id,)* }
            }

            /// The path template, such as `/v1/contacts/{id}`.
            #[must_use]
            pub const fn path(self) -> &'static str {
                match self { $(Self::$variant => $path,)* }
            }

            /// The HTTP method.
            #[must_use]
            pub const fn method(self) -> Method {
                match self { $(Self::$variant => Method::$method,)* }
            }

            /// First two digits of a v1 error code: the part of the product that refuses.
            pub(crate) const fn domain(self) -> u16 {
                match self { $(Self::$variant => $domain,)* }
            }

            pub(crate) fn handler(self) -> Handler {
                match self { $(Self::$variant => $handler,)* }
            }
        }
    };
}

operations! {
    ListPhoneNumbersV1 GET "/v1/phone-numbers" "listPhoneNumbers_v1" 4 phone_numbers::list_v1;
    GetPhoneNumberV1 GET "/v1/phone-numbers/{phoneNumberId}" "getPhoneNumberById_v1" 4 phone_numbers::get_v1;
    ListUsersV1 GET "/v1/users" "listUsers_v1" 11 users::list;
    GetUserV1 GET "/v1/users/{userId}" "getUserById_v1" 11 users::get;

    ListPhoneNumbers GET "/phone-numbers" "listPhoneNumbers" 4 phone_numbers::list;
    GetPhoneNumber GET "/phone-numbers/{phoneNumberId}" "getPhoneNumberById" 4 phone_numbers::get;
    ListUsers GET "/users" "listUsers" 11 users::list;
    GetUser GET "/users/{userId}" "getUserById" 11 users::get;
    GetOrganization GET "/organization" "getOrganization" 0 organization::get;
}

impl Operation {
    /// Whether it belongs to the v1 surface (else to the dated one, `2026-03-30`).
    #[must_use]
    pub fn is_v1(self) -> bool {
        self.path().starts_with("/v1/")
    }

    /// Whether it is one of the operations that send a text.
    #[must_use]
    pub fn sends_text(self) -> bool {
        self.path().ends_with("/messages") && self.method() == Method::POST
    }
}
