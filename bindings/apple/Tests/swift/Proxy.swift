// The way to the server, which a test can cut.

import Foundation

#if canImport(Glibc)
    import Glibc
    private let stream = Int32(SOCK_STREAM.rawValue)
#else
    import Darwin
    private let stream = SOCK_STREAM
#endif

/// Passes connections on to the server until it is cut. Then nobody is there.
final class Proxy {
    let url: String
    private let listener: Int32
    private let lock = NSLock()
    private var sockets: [Int32] = []
    private var isCut = false

    init() throws {
        guard let server = URL(string: Server.url)?.port else { throw Stop("no server") }
        let listener = socket(AF_INET, stream, 0)
        var address = Proxy.loopback(0)
        guard Proxy.with(&address, { bind(listener, $0, $1) }) == 0, listen(listener, 16) == 0 else { throw Stop("no port") }
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let found = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(listener, $0, &length) }
        }
        guard found == 0 else { throw Stop("no port") }
        self.listener = listener
        url = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        Thread.detachNewThread { [self] in
            while true {
                let near = accept(listener, nil, nil)
                if near < 0 { return }
                connectOn(near, UInt16(server))
            }
        }
    }

    func cut() {
        lock.lock()
        isCut = true
        for open in sockets + [listener] { shutdown(open, Int32(SHUT_RDWR)) }
        lock.unlock()
        close(listener)
    }

    private func connectOn(_ near: Int32, _ port: UInt16) {
        let far = socket(AF_INET, stream, 0)
        var address = Proxy.loopback(port)
        lock.lock()
        defer { lock.unlock() }
        if isCut || Proxy.with(&address, { connect(far, $0, $1) }) != 0 {
            close(near)
            close(far)
            return
        }
        sockets += [near, far]
        for (from, to) in [(near, far), (far, near)] { Thread.detachNewThread { Proxy.copy(from, to) } }
    }

    private static func copy(_ from: Int32, _ to: Int32) {
        var bytes = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = recv(from, &bytes, bytes.count, 0)
            if count <= 0 || send(to, bytes, count, Int32(MSG_NOSIGNAL)) != count { break }
        }
        // The sockets stay open until the program ends: their numbers must not be used anew.
        shutdown(to, Int32(SHUT_RDWR))
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }

    private static func with(
        _ address: inout sockaddr_in, _ call: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
