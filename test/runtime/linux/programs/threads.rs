// Threads of Rust's standard library: scopes, channels, locks, and a panic in a thread.
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Barrier, Condvar, Mutex, RwLock};
use std::thread;

fn main() {
    let total = Arc::new(Mutex::new(0u64));
    let threads: Vec<_> = (0..4u64)
        .map(|n| {
            let total = total.clone();
            thread::spawn(move || {
                for i in 0..2000 {
                    *total.lock().unwrap() += i * n;
                }
                n * 10
            })
        })
        .collect();
    let results: Vec<u64> = threads.into_iter().map(|t| t.join().unwrap()).collect();
    println!("{} {:?}", total.lock().unwrap(), results);

    let (sender, receiver) = mpsc::channel();
    for id in 0..3 {
        let sender = sender.clone();
        thread::spawn(move || (0..100).for_each(|n| sender.send(id * 1000 + n).unwrap()));
    }
    drop(sender);
    println!("{}", receiver.iter().sum::<i32>());

    let mut parts = [0u32; 8];
    thread::scope(|scope| {
        for (index, part) in parts.iter_mut().enumerate() {
            scope.spawn(move || *part = (0..1000).map(|n| n * index as u32).sum());
        }
    });
    println!("{parts:?}");

    let barrier = Barrier::new(3);
    let leaders = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                if barrier.wait().is_leader() {
                    leaders.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    println!("{}", leaders.load(Ordering::SeqCst));

    let pair = (Mutex::new(false), Condvar::new());
    let shared = RwLock::new(vec![1, 2, 3]);
    thread::scope(|scope| {
        scope.spawn(|| {
            shared.write().unwrap().push(4);
            *pair.0.lock().unwrap() = true;
            pair.1.notify_one();
        });
        let mut ready = pair.0.lock().unwrap();
        while !*ready {
            ready = pair.1.wait(ready).unwrap();
        }
    });
    println!("{:?}", shared.read().unwrap());

    std::panic::set_hook(Box::new(|_| {}));
    let outcome = thread::Builder::new().name("worker".into()).spawn(|| {
        assert_eq!(thread::current().name(), Some("worker"));
        if true { panic!("gone") }
    });
    println!("{:?}", outcome.unwrap().join().unwrap_err().downcast_ref::<&str>());
}
