// Collections, text, formatting, numbers and channels of Rust's standard library.
use std::borrow::Cow;
use std::collections::hash_map::DefaultHasher;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::fmt::{self, Write as _};
use std::hash::{Hash, Hasher};
use std::io::{self, BufWriter, Cursor, Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::sync::{Arc, Barrier, Condvar, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

#[derive(Debug, Clone, Default, PartialEq, PartialOrd, Hash, Eq, Ord)]
struct Record {
    name: String,
    tags: Vec<&'static str>,
    parent: Option<Box<Record>>,
}

struct Hex<'a>(&'a [u8]);
impl fmt::LowerHex for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.alternate() {
            f.write_str("0x")?;
        }
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

struct Random(u64);
impl Iterator for Random {
    type Item = u64;
    fn next(&mut self) -> Option<u64> {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Some(self.0)
    }
}

fn hash(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn collections() {
    let values: Vec<u64> = Random(1).take(3000).map(|v| v % 10_000).collect();
    let counts = values.iter().fold(BTreeMap::new(), |mut map: BTreeMap<u64, u32>, v| {
        *map.entry(*v).or_default() += 1;
        map
    });
    println!("{} {:?} {:?}", counts.len(), counts.range(5000..).next(), counts.iter().max_by_key(|(_, n)| **n).map(|(_, n)| n));
    let hashed: HashMap<u64, usize> = values.iter().enumerate().map(|(i, v)| (*v, i)).collect();
    println!("{} {}", hashed.len(), hashed.iter().map(|(k, v)| k * *v as u64).sum::<u64>());
    let (even, odd): (BTreeSet<u64>, BTreeSet<u64>) = values.iter().partition(|v| *v % 2 == 0);
    println!("{} {} {}", even.len(), odd.len(), even.union(&odd).count());
    let mut heap: BinaryHeap<_> = values.iter().copied().map(std::cmp::Reverse).collect();
    println!("{:?}", std::iter::from_fn(|| heap.pop()).take(5).map(|r| r.0).collect::<Vec<_>>());
    let mut list: LinkedList<i32> = (0..5).collect();
    let mut tail = list.split_off(2);
    tail.append(&mut list);
    println!("{tail:?}");
    let mut queue: VecDeque<_> = (0..10).collect();
    queue.rotate_left(3);
    queue.truncate(7);
    println!("{queue:?} {:?}", queue.iter().rev().step_by(2).collect::<Vec<_>>());
    let mut sorted = values.clone();
    sorted.sort_unstable();
    sorted.dedup();
    println!("{} {:?} {:?}", sorted.len(), sorted.binary_search(&sorted[77]), sorted.chunks(1000).map(|c| c.iter().sum::<u64>()).collect::<Vec<_>>());
    println!("{:?}", sorted.windows(2).map(|w| w[1] - w[0]).max());
    let set: HashSet<&str> = ["a", "b", "c"].into();
    let mut common: Vec<_> = set.intersection(&HashSet::from(["b", "c", "d"])).copied().collect();
    common.sort();
    println!("{common:?} {:x}", hash(&common));
    let record = Record { name: "child".into(), tags: vec!["x", "y"], parent: Some(Box::new(Record::default())) };
    println!("{record:?} {} {:x}", record > Record::default(), hash(&record));
    println!("{:#?}", record.clone());
}

fn text() {
    let text = "Zwölf Boxkämpfer jagen Viktor quer über den großen Sylter Deich 🌱";
    println!("{} {} {:?}", text.len(), text.chars().count(), text.char_indices().filter(|(_, c)| !c.is_ascii()).map(|(i, _)| i).collect::<Vec<_>>());
    println!("{} {}", text.to_uppercase(), text.chars().rev().collect::<String>());
    println!("{:?}", text.split_whitespace().map(str::len).collect::<Vec<_>>());
    println!("{:?} {:?} {:?}", text.find("jagen"), text.rsplit_once(' '), "a,b,,c".split(',').collect::<Vec<_>>());
    println!("{:?} {:?}", String::from_utf8_lossy(b"bad \xff end"), std::str::from_utf8(&text.as_bytes()[..3]).map_err(|e| e.valid_up_to()));
    let cow: Cow<str> = "x-y".replace('-', "+").into();
    println!("{cow} {:?} {:?}", "tab\t\"quote\" \u{1f331} \u{7f}", 'ß'.to_uppercase().collect::<String>());
    let mut out = String::new();
    for (i, word) in "one two three".split(' ').enumerate() {
        write!(out, "{i:>3}:{word:<6}|{word:^9}|{word:*>7}|").unwrap();
    }
    println!("{out}");
    println!("{:5}|{:<5}|{:^5}|{:>5}|{:05}|{:+}|{:#x}|{:#010b}|{:e}", 42, 42, 42, 42, -42, 42, 255, 5, 123456.0);
    println!("{:.0} {:.3} {:10.2}| {:<10.1}|{:+.2e} {:?} {:?}", 2.5, 1.0 / 3.0, -1.005, 9.95, 12345.678, 1e16, 0.1 + 0.2);
    println!("{:?} {:?} {:?} {} {}", f64::NAN, -f64::INFINITY, f64::MIN_POSITIVE, f32::MAX, 1.0e-7);
    println!("{0:1$} {0:.2$} {name:>width$}", 3.14159, 12, 2, name = "named", width = 8);
    println!("{:x} {:#x} {:?} {:p}", Hex(b"bytes"), Hex(&[0, 255]), Some(("tuple", [1u8; 3])), 0x1234 as *const u8);
    println!("{:?} {:?} {:?}", "12".parse::<u8>(), "300".parse::<u8>().map_err(|e| e.to_string()), "1e3".parse::<f64>());
    println!("{:?} {:?}", "0.1e-400".parse::<f64>(), "9007199254740993".parse::<f32>());
}

fn numbers() {
    println!("{:?} {:?} {}", 200u8.checked_add(100), 200u8.overflowing_add(100), 200u8.saturating_add(100));
    println!("{} {} {}", (-7i32).rem_euclid(3), -7 / 2, (-7i32).div_euclid(2));
    println!("{} {} {} {}", u64::MAX.leading_zeros(), 40u32.trailing_zeros(), 0xf0f0u16.count_ones(), 0x12345678u32.rotate_left(12));
    println!("{} {}", u128::MAX / 7, (i128::MIN / 3) % 1_000_000_007);
    println!("{} {} {} {}", 300i32 as u8, -1i32 as u64, 1e20 as i32, f64::NAN as i64);
    println!("{} {} {} {}", 2.5f64.round(), (-2.5f64).floor(), 1e-20f64.ln_1p(), 2f64.powf(0.5));
    println!("{:.15} {:.15} {:.15} {:.15}", 1f64.sin(), 1f64.exp(), 2f64.ln(), 0.5f64.atan2(-3.0));
    println!("{:.6} {:.6} {}", 1f32.tan(), 10f32.log10(), 0.1f32 + 0.2f32);
    println!("{:?} {:?}", 1.0f64.total_cmp(&f64::NAN), f64::from_bits(0x3fc0000000000000));
    let mut state = 0u64;
    for value in Random(99).take(2000) {
        state = state.wrapping_mul(31).wrapping_add(value.swap_bytes() ^ value.reverse_bits()).rotate_right((value & 63) as u32);
        state ^= ((value as u128 * state as u128) >> 64) as u64;
        state = state.wrapping_add((value as f64).sqrt() as u64 + (value as i64 as f32).to_bits() as u64);
    }
    println!("{state:016x}");
}

fn threads() {
    let (sender, receiver) = mpsc::sync_channel::<(usize, String)>(3);
    let workers: Vec<_> = (0..3)
        .map(|id| {
            let sender = sender.clone();
            thread::spawn(move || (0..20).for_each(|n| sender.send((id, format!("{id}-{n}"))).unwrap()))
        })
        .collect();
    drop(sender);
    let mut received: Vec<_> = receiver.iter().collect();
    received.sort();
    workers.into_iter().for_each(|worker| worker.join().unwrap());
    println!("{} {:?} {:?}", received.len(), received[0], received[59]);
    let (count, barrier) = (AtomicU64::new(0), Barrier::new(4));
    let leaders: usize = thread::scope(|scope| {
        let handles: Vec<_> = (0..4u64).map(|id| scope.spawn({
            let (count, barrier) = (&count, &barrier);
            move || {
                (0..500).for_each(|_| { count.fetch_add(id, Ordering::SeqCst); });
                barrier.wait().is_leader() as usize
            }
        })).collect();
        handles.into_iter().map(|handle| handle.join().unwrap()).sum()
    });
    println!("{} {leaders}", count.load(Ordering::SeqCst));
    let pair = Arc::new((Mutex::new(0), Condvar::new()));
    let other = pair.clone();
    let player = thread::spawn(move || {
        for turn in (1..20).step_by(2) {
            let mut guard = other.1.wait_while(other.0.lock().unwrap(), |value| *value != turn).unwrap();
            *guard += 1;
            other.1.notify_all();
        }
    });
    for turn in (0..20).step_by(2) {
        let mut guard = pair.1.wait_while(pair.0.lock().unwrap(), |value| *value != turn).unwrap();
        *guard += 1;
        pair.1.notify_all();
    }
    player.join().unwrap();
    println!("{:?}", pair.0.lock().unwrap());
    println!("{:?}", pair.1.wait_timeout(pair.0.lock().unwrap(), Duration::from_millis(2)).unwrap().1.timed_out());
    static ONCE: OnceLock<String> = OnceLock::new();
    println!("{} {}", ONCE.get_or_init(|| "set".into()), ONCE.get_or_init(|| "again".into()));
    thread::park_timeout(Duration::from_millis(1));
    println!("{:?}", receiver_of_nothing().recv_timeout(Duration::from_millis(1)));
}
fn receiver_of_nothing() -> mpsc::Receiver<i32> {
    mpsc::channel().1
}

fn streams() -> io::Result<()> {
    let mut input = String::new();
    io::stdin().read_to_string(&mut input)?;
    println!("{:?}", input);
    let mut cursor = Cursor::new(Vec::new());
    writeln!(cursor, "{:?}", (1, "two"))?;
    cursor.set_position(0);
    let mut back = String::new();
    cursor.take(5).chain(&b" and more"[..]).read_to_string(&mut back)?;
    println!("{back:?}");
    let mut out = BufWriter::new(io::stdout().lock());
    for n in 0..500 {
        write!(out, "{n}{}", if n % 50 == 49 { "\n" } else { " " })?;
    }
    out.flush()?;
    eprintln!("to standard error");
    let failure = std::fs::File::open("/nowhere/at/all").unwrap_err();
    println!("{failure} {:?} {:?}", failure.kind(), io::Error::new(io::ErrorKind::Other, "own").to_string());
    Ok(())
}

fn main() -> Result<(), Record> {
    collections();
    text();
    numbers();
    threads();
    streams().unwrap();
    Err(Record { name: "the end".into(), ..Default::default() })
}
