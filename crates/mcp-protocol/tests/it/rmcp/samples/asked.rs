//! Any question to a client.

use super::*;

fn field() -> impl Strategy<Value = Field> {
    let formats = vec![TextFormat::Email, TextFormat::Uri, TextFormat::Date, TextFormat::DateTime];
    let choices = || vec(name(), 1..4);
    let titled = || vec((name(), text()), 1..4);
    let lengths = || of((0_u32..5, 5_u32..50));
    let plain = prop_oneof![
        (lengths(), of(select(formats)), some_text()).prop_map(|(length, format, default)| {
            let field = format.into_iter().fold(Field::text(), Field::with_format);
            let field = length.into_iter().fold(field, |field, (min, max)| field.with_length(min, max));
            default.into_iter().fold(field, Field::with_default)
        }),
        // Bounds of integers that are no integers themselves have no room in rmcp.
        (of((-50_i32..0, 0_i32..50)), of(any::<i32>())).prop_map(|(range, default)| {
            let field = range
                .into_iter()
                .fold(Field::integer(), |field, (min, max)| field.with_range(min.into(), max.into()));
            default.into_iter().fold(field, Field::with_default)
        }),
        (of((-1e9..0.0, 0.0..1e9)), of(-1e300..1e300)).prop_map(|(range, default)| {
            let field =
                range.into_iter().fold(Field::number(), |field, (min, max)| field.with_range(min, max));
            default.into_iter().fold(field, Field::with_default)
        }),
        of(any::<bool>()).prop_map(|default| default.into_iter().fold(Field::boolean(), Field::with_default)),
        (choices(), some_text()).prop_map(|(options, default)| {
            default.into_iter().fold(Field::choice(options), Field::with_default)
        }),
        (titled(), any::<bool>()).prop_map(|(options, names)| {
            let field = Field::titled_choice(options);
            if names { field.with_enum_names() } else { field }
        }),
        (choices(), lengths(), any::<bool>()).prop_map(|(options, length, default)| {
            let field = Field::choices(options.clone());
            let field = length.into_iter().fold(field, |field, (min, max)| field.with_length(min, max));
            if default { field.with_default(options) } else { field }
        }),
        titled().prop_map(Field::titled_choices),
    ];
    (plain, some_text(), some_text()).prop_map(|(field, title, description)| {
        let field = title.into_iter().fold(field, Field::with_title);
        description.into_iter().fold(field, Field::with_description)
    })
}

fn form() -> impl Strategy<Value = ElicitForm> {
    (text(), btree_map(name(), (field(), any::<bool>()), 0..5)).prop_map(|(message, fields)| {
        fields.into_iter().fold(ElicitForm::new(message), |form, (name, (field, required))| {
            if required { form.required(name, field) } else { form.optional(name, field) }
        })
    })
}

fn url() -> impl Strategy<Value = ElicitUrl> {
    (text(), text(), text()).prop_map(|(message, url, id)| ElicitUrl::new(message, url, id))
}

fn block() -> impl Strategy<Value = SamplingContent> {
    prop_oneof![
        text().prop_map(SamplingContent::text),
        (text(), text()).prop_map(|(data, mime_type)| SamplingContent::Image { data, mime_type }),
        (text(), text()).prop_map(|(data, mime_type)| SamplingContent::Audio { data, mime_type }),
        (text(), text(), object()).prop_map(|(id, name, input)| SamplingContent::ToolUse { id, name, input }),
        (text(), vec(content(), 0..3), of(json()), any::<bool>()).prop_map(
            |(tool_use_id, content, structured_content, is_error)| {
                let SamplingContent::ToolResult { tool_use_id, content, .. } =
                    SamplingContent::tool_result(tool_use_id, &content).unwrap()
                else {
                    unreachable!()
                };
                // rmcp reads a `null` here as nothing; we write it, because it may be what the tool answered.
                let structured_content = structured_content.filter(|value| !value.is_null());
                SamplingContent::ToolResult { tool_use_id, content, structured_content, is_error }
            }
        ),
    ]
}

fn sampling() -> impl Strategy<Value = CreateMessage> {
    let message = (vec(block(), 1..4), any::<bool>()).prop_map(|(content, users)| {
        let mut message = SamplingMessage::user(SamplingContent::text(""));
        message.role = if users { Role::User } else { Role::Assistant };
        message.content = content;
        message
    });
    let preferences = (vec(text(), 0..3), of(priority()), of(priority()), of(priority())).prop_map(
        |(hints, cost, speed, intelligence)| {
            let mut preferences = ModelPreferences::hints(hints);
            preferences.cost_priority = cost;
            preferences.speed_priority = speed;
            preferences.intelligence_priority = intelligence;
            preferences
        },
    );
    let choice = select(vec![ToolChoice::Auto, ToolChoice::Required, ToolChoice::None]);
    let tools = of((vec(tool(), 1..3), choice));
    let plain = (some_text(), of(priority()), vec(text(), 0..3), of(preferences), of(object()));
    (vec(message, 0..3), any::<u32>(), plain, tools).prop_map(
        |(
            messages,
            max_tokens,
            (system_prompt, temperature, stop_sequences, preferences, metadata),
            tools,
        )| {
            let mut message = CreateMessage::new(messages, max_tokens);
            message.system_prompt = system_prompt;
            message.temperature = temperature;
            message.stop_sequences = stop_sequences;
            message.model_preferences = preferences;
            message.metadata = metadata;
            tools.into_iter().fold(message, |message, (tools, choice)| message.with_tools(tools, choice))
        },
    )
}

pub(in super::super) fn question() -> impl Strategy<Value = InputRequest> {
    prop_oneof![
        3 => form().prop_map(InputRequest::from),
        1 => url().prop_map(InputRequest::from),
        3 => sampling().prop_map(InputRequest::from),
        1 => Just(InputRequest::ListRoots),
    ]
}
