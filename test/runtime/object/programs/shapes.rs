use std::collections::HashMap;

enum Shape {
    Circle(f64),
    Rect { w: u32, h: u32 },
    Unit,
}

trait Area {
    fn area(&self) -> f64;
}

impl Area for Shape {
    fn area(&self) -> f64 {
        match self {
            Shape::Circle(r) => r * r * 3.14,
            Shape::Rect { w, h } => (*w * *h) as f64,
            Shape::Unit => 0.0,
        }
    }
}

#[inline(always)]
fn mix(x: u64) -> u64 {
    x.wrapping_mul(31) ^ 7
}

fn main() {
    let shapes: Vec<Shape> = vec![Shape::Circle(1.0), Shape::Rect { w: 2, h: 3 }, Shape::Unit];
    let text = String::from("hi");
    let slice: &str = &text;
    let boxed: Option<Box<i32>> = Some(Box::new(5));
    let mut map = HashMap::new();
    map.insert("a", 1);
    let dynamic: &dyn Area = &shapes[1];
    let total: f64 = shapes.iter().map(|shape| shape.area()).sum();
    println!("{} {} {:?} {} {} {}", total, slice, boxed, map["a"], mix(map.len() as u64), dynamic.area());
}
