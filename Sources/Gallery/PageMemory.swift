import Glibc

/// Zeroed memory of its own pages, on huge pages where the system has them: a scan then misses the address cache once
/// in 2 MiB. Pages become resident when they are written.
final class PageMemory: @unchecked Sendable {  // safe: only the address; who may touch the bytes is the owner's concern
    let base: UnsafeMutableRawPointer
    let count: Int
    private static let hugePage = 2 << 20

    /// Throws `full` when the system gives no more memory.
    init(count: Int) throws(GalleryError) {
        let slack = count >= Self.hugePage ? Self.hugePage : 0
        guard
            let mapping = mmap(nil, count + slack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
            mapping != MAP_FAILED
        else { throw GalleryError(.full, "no memory for further templates: \(String(cString: strerror(errno)))") }
        let over = Int(bitPattern: mapping) % Self.hugePage
        let before = slack > 0 && over > 0 ? Self.hugePage - over : 0
        // The ends that the alignment leaves over go back.
        if before > 0 { munmap(mapping, before) }
        base = mapping + before
        let page = Int(getpagesize())
        let length = (count + page - 1) / page * page
        let after = count + slack - before - length
        if after > 0 { munmap(base + length, after) }
        if slack > 0 { madvise(base, length, Int32(MADV_HUGEPAGE)) }
        self.count = count
    }

    deinit { munmap(base, count) }
}
