/// Writes rows of grey levels into a tensor: normalised, in its channel order, between its padding.
struct TensorRows {
    private let layout: TensorLayout
    private let canvas: TensorCanvas
    private let left: Int
    private let width: Int
    private let target: UnsafeMutableRawBufferPointer
    /// The padding of each channel as it is written.
    private let padding: SIMD3<Float>

    init(layout: TensorLayout, canvas: TensorCanvas, left: Int, width: Int, target: UnsafeMutableRawBufferPointer) {
        self.layout = layout
        self.canvas = canvas
        self.left = left
        self.width = width
        self.target = target
        padding = (SIMD3(repeating: Float(layout.pad)) - layout.mean) / layout.deviation
    }

    /// Fills whole rows with padding.
    func pad(_ rows: Range<Int>) {
        for row in rows { pad(row, columns: 0..<canvas.width) }
    }

    /// - Parameter values: `width` levels of red, then of green, then of blue.
    func write(_ values: UnsafePointer<UInt8>, at row: Int) {
        pad(row, columns: 0..<left)
        for channel in 0..<3 {
            let plane = layout.channels == .rgb ? channel : 2 - channel
            write(values + plane * width, channel, row)
        }
        pad(row, columns: left + width..<canvas.width)
    }

    private func write(_ values: UnsafePointer<UInt8>, _ channel: Int, _ row: Int) {
        let start = index(channel, row, left)
        switch layout.element {
        case .float32:
            let out = target.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self) + start
            normalise(values, channel, to: out)
        case .uint8:
            let out = target.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self) + start
            for column in 0..<width { out[column &* step] = values[column] }
        }
    }

    private func normalise(_ values: UnsafePointer<UInt8>, _ channel: Int, to out: UnsafeMutablePointer<Float>) {
        let mean = layout.mean[channel]
        let deviation = layout.deviation[channel]
        // Two loops: with a constant step the compiler makes vectors of the first.
        if layout.order == .nchw {
            for column in 0..<width { out[column] = (Float(values[column]) - mean) / deviation }
        } else {
            for column in 0..<width { out[column &* 3] = (Float(values[column]) - mean) / deviation }
        }
    }

    private func pad(_ row: Int, columns: Range<Int>) {
        guard !columns.isEmpty else { return }
        for channel in 0..<3 {
            let start = index(channel, row, columns.lowerBound)
            switch layout.element {
            case .float32:
                let out = target.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: Float.self) + start
                for column in 0..<columns.count { out[column &* step] = padding[channel] }
            case .uint8:
                let out = target.baseAddress.unsafelyUnwrapped.assumingMemoryBound(to: UInt8.self) + start
                for column in 0..<columns.count { out[column &* step] = layout.pad }
            }
        }
    }

    /// Elements from one column to the next.
    private var step: Int { layout.order == .nchw ? 1 : 3 }

    private func index(_ channel: Int, _ row: Int, _ column: Int) -> Int {
        layout.order == .nchw
            ? (channel * canvas.height + row) * canvas.width + column
            : (row * canvas.width + column) * 3 + channel
    }
}
