//! The local stack as its user has it: parts that come back when killed, end with it, and can be named from outside.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use wattledger_local::probe;
use wattledger_local::process::{Launch, Process};
use wattledger_local::stack::{self, Addresses};

use crate::harness::{Parts, fetched, folder, until};

const ANY_PORTS: [&str; 6] = [
    "--kafka-port=0",
    "--controller-port=0",
    "--clickhouse-port=0",
    "--gateway-port=0",
    "--gateway-admin-port=0",
    "--sink-admin-port=0",
];

fn run(data: &Path, more: &[String]) -> Process {
    let mut args: Vec<String> = ["local", "run"].map(str::to_owned).into();
    args.push(format!("--data={}", data.display()));
    args.push(format!("--jars={}", fetched("kafka-libs").display()));
    args.push(format!("--library={}", fetched("chdb/libchdb.so").display()));
    args.extend_from_slice(more);
    let log = data.with_extension("log");
    let program = PathBuf::from(env!("CARGO_BIN_EXE_wattledger"));
    Launch { name: "stack", program, args, env: Vec::new(), log }.start().unwrap()
}

async fn up(data: &Path, stack: &Process) -> Addresses {
    until("the stack is up", || async {
        let log = || std::fs::read_to_string(data.with_extension("log")).unwrap_or_default();
        assert_eq!(stack.exited(), None, "{}", log());
        stack::running(data).ok_or_else(log)
    })
    .await
}

async fn pid_of(data: &Path, part: &str, other_than: Option<Pid>) -> Pid {
    let file = data.join(format!("{part}.pid"));
    until(&format!("{part} has a new number"), || async {
        let text = std::fs::read_to_string(&file).unwrap_or_default();
        let pid = text.parse().ok().and_then(Pid::from_raw);
        pid.filter(|pid| Some(*pid) != other_than).ok_or(text)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_part_comes_back_and_all_end_with_the_stack() {
    let data = folder("stack");
    let stack = run(&data, &ANY_PORTS.map(str::to_owned));
    let addresses = up(&data, &stack).await;
    let engine = pid_of(&data, "engine", None).await;
    kill_process(engine, Signal::KILL).unwrap();
    let again = pid_of(&data, "engine", Some(engine)).await;
    until("the engine answers again", || async {
        probe::query(
            &addresses.clickhouse,
            &addresses.database,
            "TabSeparated",
            "SELECT count() FROM transactions",
        )
        .await
        .map_err(|error| error.to_string())
    })
    .await;
    let mut parts = vec![again];
    for part in ["broker", "gateway", "sink"] {
        parts.push(pid_of(&data, part, None).await);
    }
    stack.kill();
    for part in parts {
        until("a part ends with its stack", || async {
            if test_kill_process(part).is_err() { Ok(()) } else { Err(format!("{part:?} is there")) }
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kafka_and_a_clickhouse_can_be_named() {
    let parts = Parts::shared().await;
    let data = folder("named");
    let mut more: Vec<String> = ANY_PORTS.map(str::to_owned).into();
    more.push(format!("--kafka={}", parts.broker_config.address()));
    more.push(format!("--clickhouse={}", parts.engine.url));
    more.push("--database=named".to_owned());
    let stack = run(&data, &more);
    let addresses = up(&data, &stack).await;
    assert_eq!(
        (addresses.kafka, addresses.clickhouse),
        (parts.broker_config.address(), parts.engine.url.clone())
    );
    assert!(
        !data.join("kafka").exists() && !data.join("engine.pid").exists(),
        "only what is missing is started"
    );
    let status = stack.stop(Duration::from_secs(60)).unwrap();
    assert!(status.success(), "{status}");
    assert!(stack::running(&data).is_none());
    assert!(probe::is_ok(&format!("{}/ping", parts.engine.url)).await, "what was named stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_port_is_said_plainly() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let data = folder("taken");
    let mut more: Vec<String> = ANY_PORTS.map(str::to_owned).into();
    more.retain(|flag| !flag.starts_with("--gateway-port"));
    more.push(format!("--gateway-port={port}"));
    let stack = run(&data, &more);
    let status = stack.wait(Duration::from_secs(60)).unwrap();
    assert_eq!(status.code(), Some(1));
    let said = std::fs::read_to_string(data.with_extension("log")).unwrap();
    assert!(said.contains(&format!("port {port} for gateway is taken")), "{said}");
    assert!(said.contains("--gateway-port"), "{said}");
}
