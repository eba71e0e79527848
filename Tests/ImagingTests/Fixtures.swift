import Foundation
import Imaging
import Testing

/// Files of the Fixtures folder, made by scripts/fixtures_imaging.py.
enum Fixtures {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    static func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: folder.appending(path: name)))
    }

    /// Every picture file.
    static let names: [String] = {
        let all = try? FileManager.default.contentsOfDirectory(atPath: folder.path)
        return (all ?? []).filter { !$0.hasSuffix(".json") }.sorted()
    }()

    static func names(_ suffixes: String...) -> [String] {
        names.filter { name in suffixes.contains { name.hasSuffix($0) } }
    }
}

/// What OpenCV computed, see the script.
struct OpenCVResults: Decodable {
    struct Resize: Decodable {
        let source: [Int]
        let target: [Int]
        let pixels: Data
    }

    struct Warp: Decodable {
        let source: Data
        let corners: [[Float]]
        let pixels: Data
    }

    /// Crops of noise of 36 × 24 pixels into 20 × 20.
    struct Crops: Decodable {
        struct Square: Decodable {
            /// Centre, side, turn.
            let square: [Float]
            /// A grey level, or −1 for the nearest pixel.
            let border: Int
            let pixels: Data
        }

        struct Map: Decodable {
            let rows: [[Double]]
            let border: Int
            let pixels: Data
        }

        /// Of a picture of 100 × 80.
        struct Box: Decodable {
            let box: [Float]
            let scale: Double
            /// Left, top, last column, last row.
            let region: [Float]
        }

        let squares: [Square]
        let maps: [Map]
        let boxes: [Box]
        /// Of noise of 128 × 128.
        let laplacianVariance: Float

        enum CodingKeys: String, CodingKey {
            case squares, maps, boxes
            case laplacianVariance = "laplacian_variance"
        }
    }

    let resizes: [Resize]
    let warp: Warp
    let crops: Crops

    static func load() throws -> OpenCVResults {
        try JSONDecoder().decode(
            OpenCVResults.self, from: Data(contentsOf: Fixtures.folder.appending(path: "opencv.json")))
    }
}

/// A linear congruential generator; the script's `noise` is the same.
struct NoiseGenerator {
    private var state: UInt32

    init(seed: UInt32 = 12345) { state = seed }

    mutating func next() -> UInt8 {
        state = state &* 1_664_525 &+ 1_013_904_223
        return UInt8(state >> 24)
    }

    mutating func next(below bound: Int) -> Int {
        let parts = (UInt32(next()) << 16) | (UInt32(next()) << 8) | UInt32(next())
        return Int(parts) % bound
    }
}

extension PixelBuffer {
    static func noise(width: Int, height: Int) -> PixelBuffer {
        var generator = NoiseGenerator()
        return PixelBuffer(width: width, height: height) { out in
            for index in out.indices { out[index] = generator.next() }
        }
    }

    static func plain(width: Int, height: Int, _ colour: SIMD3<UInt8>) -> PixelBuffer {
        PixelBuffer(width: width, height: height) { out in
            for index in out.indices { out[index] = colour[index % 3] }
        }
    }

    convenience init(width: Int, height: Int, bytes: some Collection<UInt8>) {
        self.init(width: width, height: height) { out in
            _ = out.update(fromContentsOf: bytes)
        }
    }

    var bytes: [UInt8] { withPixels { Array($0) } }

    subscript(x: Int, y: Int) -> SIMD3<Int> {
        withPixels { pixels in
            let at = y * rowBytes + x * 3
            return SIMD3(Int(pixels[at]), Int(pixels[at + 1]), Int(pixels[at + 2]))
        }
    }
}

/// The picture that every fixture shows: four coloured quarters, 48 × 32.
enum Quarters {
    static let colours: [SIMD3<Int>] = [[200, 40, 40], [40, 180, 60], [50, 60, 200], [220, 210, 50]]
    private static let centres: [SIMD2<Float>] = [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]

    /// The largest difference of the quarters' centres from what they should be.
    static func difference(_ pixels: PixelBuffer, from colours: [SIMD3<Int>] = colours) -> Int {
        zip(centres, colours).map { centre, colour in
            let seen = pixels[Int(centre.x * Float(pixels.width)), Int(centre.y * Float(pixels.height))]
            let difference = seen &- colour
            return max(abs(difference.x), abs(difference.y), abs(difference.z))
        }.max() ?? .max
    }
}

extension PictureDecoder {
    func decode(_ bytes: [UInt8], useful: Int? = nil) throws -> Picture {
        try bytes.withUnsafeBytes { try decode($0, useful: useful) }
    }

    func header(_ bytes: [UInt8]) throws -> PictureHeader { try bytes.withUnsafeBytes { try header($0) } }
}

/// The code of the error that `body` throws, `nil` when it throws none of ours.
func imagingCode(_ body: () throws -> some Any) -> ImagingError.Code? {
    do {
        _ = try body()
        return nil
    } catch {
        return (error as? ImagingError)?.code
    }
}

/// Resident memory of this process in bytes.
func residentMemory() throws -> Int {
    let fields = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
    return (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}
