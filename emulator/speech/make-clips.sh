#!/bin/sh
# Makes one Ogg Opus clip for each row of phrases.json. Needs espeak-ng, ffmpeg, opusenc and node.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
node -e 'for (const row of Object.entries(require("./phrases.json"))) console.log(row.join("|"))' |
  while IFS='|' read -r name words; do
    espeak-ng -v en-us+f4 -s 165 -p 45 -g 1 -w "$work/raw.wav" "$words"
    # Silence cut away in front, harshness above 7.5 kHz too, one loudness for all.
    ffmpeg -nostdin -loglevel error -y -i "$work/raw.wav" -ac 1 -af \
      "silenceremove=start_periods=1:start_threshold=-50dB,areverse,silenceremove=start_periods=1:start_threshold=-50dB,areverse,highpass=f=90,lowpass=f=7500,loudnorm=I=-19:TP=-2,aresample=48000,apad=pad_dur=0.1" \
      "$work/clip.wav"
    opusenc --quiet --speech --bitrate 24 --framesize 20 --discard-comments --discard-pictures \
      "$work/clip.wav" "$name.opus"
  done
