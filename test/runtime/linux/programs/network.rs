//! Rust's std::net and std::os::unix::net, talking to itself.
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::thread;
use std::time::Duration;

fn lines() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = thread::spawn(move || -> io::Result<usize> {
        let mut total = 0;
        for connection in listener.incoming().take(3) {
            let connection = connection?;
            let mut out = connection.try_clone()?;
            for line in BufReader::new(connection).lines() {
                let line = line?;
                total += line.len();
                writeln!(out, "{}", line.to_uppercase())?;
            }
        }
        Ok(total)
    });
    let clients: Vec<_> = (0..3)
        .map(|number| {
            thread::spawn(move || -> io::Result<String> {
                let mut stream = TcpStream::connect(address)?;
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(Duration::from_secs(5)))?;
                for line in 0..number + 2 {
                    writeln!(stream, "client {number} line {line}")?;
                }
                stream.shutdown(Shutdown::Write)?;
                let mut answer = String::new();
                stream.read_to_string(&mut answer)?;
                Ok(answer)
            })
        })
        .collect();
    for client in clients {
        print!("{}", client.join().unwrap()?);
    }
    println!("total {}", server.join().unwrap()?);
    println!("refused: {:?}", TcpStream::connect((Ipv4Addr::LOCALHOST, 1)).map_err(|error| error.kind()).err());
    Ok(())
}

fn timeouts() -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0)))?;
    listener.set_nonblocking(true)?;
    println!("nobody: {:?}", listener.accept().map(|_| ()).map_err(|error| error.kind()));
    let mut client = TcpStream::connect_timeout(&listener.local_addr()?, Duration::from_secs(1))?;
    let (mut server, _) = listener.accept()?;
    client.set_read_timeout(Some(Duration::from_millis(20)))?;
    println!("late: {:?}", client.read(&mut [0; 4]).map_err(|error| error.kind()));
    let mut peeked = [0; 4];
    server.write_all(b"ping")?;
    println!("peek {} {:?}", client.peek(&mut peeked)?, client.take_error()?);
    client.read_exact(&mut peeked)?;
    println!("{}", String::from_utf8_lossy(&peeked));
    drop(server);
    println!("end {}", client.read(&mut peeked)?);
    Ok(())
}

fn names() -> io::Result<()> {
    let listener = TcpListener::bind("localhost:0")?;
    let port = listener.local_addr()?.port();
    println!("by its name: {}", TcpStream::connect(("localhost", port))?.peer_addr()?.ip().is_loopback());
    Ok(())
}

fn datagrams() -> io::Result<()> {
    let (one, other) = (UdpSocket::bind("127.0.0.1:0")?, UdpSocket::bind("127.0.0.1:0")?);
    one.send_to(b"hello", other.local_addr()?)?;
    let mut text = [0; 20];
    let (length, from) = other.recv_from(&mut text)?;
    println!("{} from the other: {}", String::from_utf8_lossy(&text[..length]), from == one.local_addr()?);
    one.connect(other.local_addr()?)?;
    println!("{} {} {}", one.send(b"connected")?, other.recv(&mut text)?, one.broadcast()?);
    Ok(())
}

fn unix() -> io::Result<()> {
    let path = "green-threads.socket";
    let _ = std::fs::remove_file(path);
    let listener = UnixListener::bind(path)?;
    println!("{:?}", listener.local_addr()?.as_pathname());
    let client = thread::spawn(move || -> io::Result<()> {
        let mut stream = UnixStream::connect(path)?;
        stream.write_all(b"through a path")
    });
    let (mut stream, from) = listener.accept()?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    println!("{text}, unnamed: {}", from.is_unnamed());
    client.join().unwrap()?;
    std::fs::remove_file(path)?;
    let (mut one, mut other) = UnixStream::pair()?;
    one.write_all(&[1, 2, 3])?;
    drop(one);
    let mut bytes = Vec::new();
    println!("{} {bytes:?}", other.read_to_end(&mut bytes)?);
    println!("broken: {:?}", other.write(&[1]).map_err(|error| error.kind()));
    let (one, other) = UnixDatagram::pair()?;
    println!("{} {}", one.send(b"message")?, other.recv(&mut [0; 3])?);
    Ok(())
}

fn main() -> io::Result<()> {
    lines()?;
    timeouts()?;
    names()?;
    datagrams()?;
    unix()
}
