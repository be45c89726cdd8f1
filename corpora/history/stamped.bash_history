#1600000000
for name in *; do

  echo "$name"
done
#1600000060
#1600000061
ls
#1600000120

#1600000180
echo last