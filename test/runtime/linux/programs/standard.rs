// The standard library of Rust: collections, formatting, files, arguments, standard input, panics that unwind.
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::fmt;
use std::fs;
use std::io::{self, BufRead, Read, Seek, SeekFrom, Write};
use std::rc::Rc;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, PartialEq)]
enum Shape {
    Circle { radius: u32 },
    Rectangle(u32, u32),
}

struct Matrix([[i64; 3]; 3]);

impl fmt::Display for Matrix {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.iter().try_for_each(|row| writeln!(f, "{:>6}{:>6}{:>6}", row[0], row[1], row[2]))
    }
}

struct Noisy(&'static str);
impl Drop for Noisy {
    fn drop(&mut self) {
        println!("dropped {}", self.0);
    }
}

fn risky(depth: u32) -> u32 {
    let _guard = Noisy("guard");
    if depth == 0 {
        let numbers: Vec<u32> = Vec::new();
        return numbers[depth as usize + 3];
    }
    risky(depth - 1) + 1
}

fn files() -> io::Result<()> {
    let folder = std::env::temp_dir().join("green-threads-rust");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(folder.join("deep/er"))?;
    let path = folder.join("numbers.txt");
    fs::write(&path, (0..1000).map(|n| format!("{n}\n")).collect::<String>())?;
    let text = fs::read_to_string(&path)?;
    println!("{} bytes, sum {}", text.len(), text.lines().map(|l| l.parse::<u64>().unwrap()).sum::<u64>());
    let mut file = fs::OpenOptions::new().read(true).write(true).open(&path)?;
    file.seek(SeekFrom::Start(4))?;
    file.write_all(b"XYZ")?;
    file.seek(SeekFrom::Start(0))?;
    let mut start = [0; 10];
    file.read_exact(&mut start)?;
    println!("{:?}", String::from_utf8_lossy(&start));
    println!("{} {}", fs::metadata(&path)?.len(), fs::metadata(&folder)?.is_dir());
    fs::rename(&path, folder.join("deep/moved"))?;
    let mut names: Vec<_> = fs::read_dir(folder.join("deep"))?.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    println!("{names:?} {:?}", fs::read(&path).unwrap_err().kind());
    fs::remove_dir_all(&folder)
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    println!("{arguments:?} {:?}", std::env::var("COLOR"));
    for (number, line) in io::stdin().lock().lines().enumerate() {
        println!("{number}: {}", line.unwrap().to_uppercase());
    }
    let mut map = HashMap::new();
    for word in "the cat and the dog and the bird".split(' ') {
        *map.entry(word).or_insert(0) += 1;
    }
    let sorted: BTreeMap<_, _> = map.iter().collect();
    println!("{sorted:?}");
    let set: HashSet<u64> = (0..10_000u64).map(|n| n * n % 1009).collect();
    println!("{} quadratic residues", set.len());
    let mut queue: VecDeque<i32> = (0..5).collect();
    queue.rotate_left(2);
    println!("{queue:?} {:#?}", Shape::Circle { radius: 3 });
    println!("{:?}", vec![Shape::Rectangle(1, 2), Shape::Circle { radius: 9 }]);
    print!("{}", Matrix([[1, 2, 3], [40, 50, 60], [-700, 800, -900]]));
    println!("{:08b} {:#x} {:+} {:^9}| {:e}", 37, 255, 7, "mid", 1500);
    println!("{} {:.3} {}", 0.1 + 0.2, std::f64::consts::PI, 1e21);
    let mut words: Vec<String> = (0..2000u32).map(|n| format!("w{}", n.wrapping_mul(2654435761) % 5000)).collect();
    words.sort();
    words.dedup();
    println!("{} {} {}", words.len(), words[0], words[words.len() - 1]);
    println!("{:?} {:?}", "12x".parse::<i32>().map_err(|e| e.to_string()), i32::MAX.checked_add(1));
    println!("{}", u128::MAX / 12345678901234567890);
    let shared = Rc::new(Noisy("shared"));
    println!("{}", Rc::strong_count(&shared.clone()));
    std::panic::set_hook(Box::new(|info| println!("panicked: {}", info.to_string().lines().last().unwrap())));
    println!("{:?}", std::panic::catch_unwind(|| risky(2)).is_err());
    let begin = Instant::now();
    std::thread::sleep(Duration::from_millis(2));
    println!("slept {}", begin.elapsed() >= Duration::from_millis(2));
    files().unwrap();
    std::process::exit(arguments.len() as i32);
}
