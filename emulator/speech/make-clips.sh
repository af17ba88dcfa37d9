#!/bin/sh
# Makes one Ogg Opus clip for each row of phrases.json. Needs espeak-ng, ffmpeg, opusenc and node.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT

# speak VOICE WORDS FILE
speak() {
  espeak-ng -v "$1" -s 165 -p 45 -g 1 -w "$work/raw.wav" "$2"
  # Silence cut away at both ends, harshness above 7.5 kHz too.
  trim="silenceremove=start_periods=1:start_threshold=-50dB,areverse"
  ffmpeg -nostdin -loglevel error -y -i "$work/raw.wav" -ac 1 \
    -af "$trim,$trim,highpass=f=90,lowpass=f=7500,aresample=48000" "$work/trimmed.wav"
  # The loudest sample at -3 dB. (loudnorm is no use on a second of sound.)
  peak=$(ffmpeg -nostdin -hide_banner -i "$work/trimmed.wav" -af volumedetect -f null - 2>&1 |
    sed -n 's/.*max_volume: \(.*\) dB/\1/p')
  gain=$(node -p "0 - 3 - ($peak)")
  ffmpeg -nostdin -loglevel error -y -i "$work/trimmed.wav" -af "volume=${gain}dB,apad=pad_dur=0.1" "$work/clip.wav"
  opusenc --quiet --speech --bitrate 24 --framesize 20 --discard-comments --discard-pictures "$work/clip.wav" "$3"
}

node -e 'for (const row of Object.entries(require("./phrases.json"))) console.log(row.join("|"))' |
  while IFS='|' read -r name words; do speak en-us+f4 "$words" "$name.opus"; done
speak en-gb "What time is it in Berlin?" ../../test/support/spoken-question.opus
