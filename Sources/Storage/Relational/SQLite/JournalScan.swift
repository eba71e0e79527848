/// Reads a write-ahead log as SQLite's recovery does, and goes on where recovery stops without a word: at the first
/// frame that is not what was written (https://www.sqlite.org/fileformat2.html#the_write_ahead_log).
///
/// After a power failure that is as it should be: of the last transaction, which nobody was told is stored, any part may
/// be on the disk. What proves damage is a frame behind the break that continues the checksum of a commit at or behind
/// the break. It was written after that commit was synced (`synchronous=FULL`), so all before it was whole once. Frames
/// of a transaction that was rolled back or not synced never prove it: nothing was written after their commit.
/// So damage within the last transaction alone is not told from a torn tail.
struct JournalScan {
    static let headerSize = 32
    private static let frameHeaderSize = 24

    /// Frames that recovery uses: up to the last commit before the break.
    private(set) var usableFrames = 0
    /// Frames that were on the disk for certain, counted from the start.
    private(set) var provenFrames = 0
    private var frames = 0
    private var isBroken: Bool
    private let pageSize: Int
    /// The checksum's words are little-endian ones.
    private let isLittleEndian: Bool
    /// `nil` behind a damaged header until the first frame says it.
    private var salts: UInt64?
    private var previous: Frame

    private struct Frame {
        var isCommit = false
        /// What the frame says.
        var stored: Checksum
        /// What it should say.
        var computed: Checksum
    }

    private struct Checksum: Equatable {
        var first: UInt32
        var second: UInt32
    }

    /// - Parameters:
    ///   - header: the first 32 bytes of the file.
    ///   - likelyPageSize: when the header says none.
    init(header: [UInt8], likelyPageSize: Int = 4096) {
        let magic = Self.word(header, 0)
        let size = Int(Self.word(header, 8))
        let computed = Self.checksum(
            header[0..<24], after: Checksum(first: 0, second: 0), isLittleEndian: magic & 1 == 0)
        let stored = Checksum(first: Self.word(header, 24), second: Self.word(header, 28))
        let isPageSize = (512...65_536).contains(size) && size & (size - 1) == 0
        isBroken = !(magic & ~1 == 0x377f_0682 && isPageSize && Self.word(header, 4) == 3_007_000 && computed == stored)
        // Behind a damaged header the journal is read as this program writes it, on machines that are little-endian.
        pageSize = isPageSize ? size : likelyPageSize
        isLittleEndian = isBroken || magic & 1 == 0
        salts = isBroken ? nil : Self.salts(header, 16)
        previous = Frame(stored: stored, computed: computed)
    }

    /// Bytes of a frame.
    var frameSize: Int { Self.frameHeaderSize + pageSize }

    /// Frames that were on the disk for certain, and that recovery leaves out.
    var lostFrames: Int { max(0, provenFrames - usableFrames) }

    /// - Parameter frame: the next `frameSize` bytes of the file.
    mutating func add(_ frame: [UInt8]) {
        frames += 1
        let salts = self.salts ?? Self.salts(frame, 8)
        self.salts = salts
        let stored = Checksum(first: Self.word(frame, 16), second: Self.word(frame, 20))
        let computed = checksum(of: frame, after: previous.stored)
        let isFrame = Self.word(frame, 0) != 0 && Self.salts(frame, 8) == salts
        let isCommit = Self.word(frame, 4) != 0
        if isBroken {
            // The damage may lie in the checksum that the frame before it says.
            let continues = computed == stored || checksum(of: frame, after: previous.computed) == stored
            if isFrame, continues, previous.isCommit { provenFrames = frames - 1 }
        } else if isFrame, computed == stored {
            if isCommit { usableFrames = frames }
        } else {
            isBroken = true
        }
        previous = Frame(isCommit: isCommit, stored: stored, computed: computed)
    }

    private func checksum(of frame: [UInt8], after seed: Checksum) -> Checksum {
        let head = Self.checksum(frame[0..<8], after: seed, isLittleEndian: isLittleEndian)
        return Self.checksum(frame[Self.frameHeaderSize...], after: head, isLittleEndian: isLittleEndian)
    }

    private static func checksum(_ bytes: ArraySlice<UInt8>, after seed: Checksum, isLittleEndian: Bool) -> Checksum {
        var (first, second) = (seed.first, seed.second)
        bytes.withUnsafeBytes { raw in
            for offset in stride(from: 0, to: raw.count, by: 8) {
                let words = (
                    raw.loadUnaligned(fromByteOffset: offset, as: UInt32.self),
                    raw.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
                )
                first &+= (isLittleEndian ? UInt32(littleEndian: words.0) : UInt32(bigEndian: words.0)) &+ second
                second &+= (isLittleEndian ? UInt32(littleEndian: words.1) : UInt32(bigEndian: words.1)) &+ first
            }
        }
        return Checksum(first: first, second: second)
    }

    private static func salts(_ bytes: [UInt8], _ offset: Int) -> UInt64 {
        UInt64(word(bytes, offset)) << 32 | UInt64(word(bytes, offset + 4))
    }

    private static func word(_ bytes: [UInt8], _ offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }
}
