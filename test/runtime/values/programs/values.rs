// Values of Rust and its standard library, all visible at the line that says "here".
use std::collections::HashMap;
use std::rc::Rc;
#[derive(Debug)]
enum Shape { Circle { radius: f64 }, Square(u32, u32), Empty }
struct Pair<T> { first: T, second: Option<Box<T>> }
#[inline(never)]
fn work(numbers: &[i32], name: &str, shape: Shape, pair: Pair<u8>) -> usize {
    let v: Vec<String> = vec!["a".to_string(), "bcd".to_string()];
    let mut map = HashMap::new();
    map.insert(1u32, "one"); map.insert(2, "two");
    let rc = Rc::new(5i64);
    let rc2 = rc.clone();
    let none: Option<i32> = None;
    let some = Some(17i32);
    let t = (1u8, 'x', true);
    let res: Result<i32, String> = Err("bad".into());
    let total = numbers.len() + name.len() + v.len() + map.len() + *rc2 as usize;
    // here
    println!("{} {:?} {:?} {:?} {:?} {} {:?} {:?}", total, shape, none, some, t, rc, res, pair.first as u32 + pair.second.map_or(0, |b| *b as u32));
    total
}
fn main() {
    work(&[1, 2, 3], "hello", Shape::Square(2, 3), Pair { first: 1, second: Some(Box::new(2)) });
    work(&[1], "x", Shape::Circle { radius: 1.5 }, Pair { first: 1, second: None });
    work(&[1], "x", Shape::Empty, Pair { first: 1, second: None });
}
