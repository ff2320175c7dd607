#[test]
fn scratch() {
    use std::time::Instant;
    let Ok(dir) = std::env::var("HCDBT_SCRATCH") else {
        return;
    };
    let dir = camino::Utf8PathBuf::from(dir);
    let world = crate::files::DiskWorld::default();
    let invocation = crate::invocation::Invocation {
        id: "id".into(),
        started_at: jiff::Timestamp::now(),
        command: "parse".into(),
        command_line: vec![],
        env: std::sync::Arc::new(std::env::vars().collect()),
        current_dir: dir.clone(),
        project_dir: dir.clone(),
        profiles_dir: None,
        profile: None,
        target: None,
        threads: None,
        vars: Default::default(),
        flags: Default::default(),
    };
    let show = |ds: &[crate::diagnostics::Diagnostic]| {
        for d in ds {
            eprintln!(
                "{}",
                crate::diagnostics::render::render(d, &Default::default())
            );
        }
    };
    let t = Instant::now();
    let loaded = crate::config::load_project(&invocation, &world);
    show(&loaded.diagnostics);
    let project = loaded.value.unwrap();
    eprintln!("load {:?}", t.elapsed());
    let t = Instant::now();
    let files = crate::files::read_project(&world, &project);
    show(&files.diagnostics);
    eprintln!("files {:?}", t.elapsed());
    let t = Instant::now();
    let parsed = super::parse(&project, files.value.as_ref().unwrap(), &invocation, &world);
    show(&parsed.diagnostics);
    eprintln!("parse {:?}", t.elapsed());
    let t = Instant::now();
    let graph = crate::graph::resolve(parsed.value.unwrap().project, &project, &invocation);
    show(&graph.diagnostics);
    eprintln!("resolve {:?}", t.elapsed());
    let graph = graph.value.unwrap();
    let t = Instant::now();
    let facts = crate::artifacts::ManifestFacts {
        adapter_type: "duckdb",
        quoting: serde_json::json!({}),
        selectors: Default::default(),
    };
    let text = crate::artifacts::manifest(
        &graph,
        &Default::default(),
        &facts,
        &invocation,
        jiff::Timestamp::now(),
    );
    std::fs::write(
        std::env::var("HCDBT_OUT").unwrap_or("/tmp/parse/out.json".into()),
        text,
    )
    .unwrap();
    eprintln!("manifest {:?}", t.elapsed());
}
